import type { Told } from '../../cluster-doctor/checks.ts';
import { type Diagnosis, type Found, fault, judged, ok } from '../../doctor/check-result.ts';
import { edit } from './commands.ts';
import { type KeepingFacts, notKept } from './credential-check.ts';
import { triedLogin } from './login-check.ts';
import type { Surrounding } from './login-evidence.ts';
import { type RecordFacts, recordBehind } from './record-check.ts';
import { type ConsumerFacts, consumersBehind } from './stale-consumers.ts';
import { type SecretFindings, valuesAmiss } from './values-check.ts';

/** All that is known of one Secret and of the server that it opens, from one look at both. */
export interface SecretFacts extends Surrounding {
  readonly findings: Found<SecretFindings>;
  readonly keeping: Found<KeepingFacts>;
  readonly record: Found<RecordFacts>;
  /** Why the login that a PostgresCredential means can't be tried as it says: a sentence; undefined where it can. */
  readonly loginFault: string | undefined;
  readonly consumers: Found<readonly ConsumerFacts[]>;
}

/** In the order in which they are told. The names are part of the contract: docs/troubleshooting.md. */
export function diagnoseSecret(facts: SecretFacts): readonly Told[] {
  const { findings, keeping, record, logins, loginFault, consumers, place } = facts;
  return [
    // Does it agree with itself, and with its policies?
    told(
      'values',
      judged(findings, (found) => valuesAmiss(found, place)),
    ),
    // Who keeps Secret and server in step, if anybody does?
    told(
      'credential',
      judged(keeping, (found) => notKept(found, place, divergenceIn(record))),
    ),
    // What has been done to it, and is anything under way?
    told(
      'record',
      judged(record, (found) => recordBehind(found, facts)),
    ),
    // Does each of its logins open the server that it names?
    ...(loginFault === undefined ? [] : [told('login', fault(loginFault, edit(place)))]),
    ...logins.map((login) => told('login', triedLogin(login, facts))),
    ...(loginFault === undefined && logins.length === 0 ? [told('login', ok(NO_LOGIN))] : []),
    // Do those who read it have what it holds?
    told(
      'consumers',
      judged(consumers, (found) => consumersBehind(found, place)),
    ),
  ];
}

/** The sentence of the check `record`: one run says it once. */
const divergenceIn = (record: Found<RecordFacts>): string | undefined =>
  record.kind === 'found' && record.fact.kind === 'read'
    ? record.fact.record.login?.diverged?.reason
    : undefined;

const NO_LOGIN = 'it holds no login of a PostgreSQL server';

const told = (check: string, diagnosis: Diagnosis): Told => ({ check, ...diagnosis });
