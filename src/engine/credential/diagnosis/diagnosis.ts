import type { NamedCheckResult } from '../../cluster-doctor/checks.ts';
import {
  type CheckResult,
  checkObservation,
  fault,
  type Observation,
  ok,
} from '../../doctor/check-result.ts';
import { editCommand } from './commands.ts';
import { type CredentialFacts, credentialCheck } from './credential-check.ts';
import { loginCheck } from './login-check.ts';
import type { DiagnosisContext } from './login-evidence.ts';
import { type RecordFacts, recordCheck } from './record-check.ts';
import { type ConsumerFacts, staleConsumers } from './stale-consumers.ts';
import { type SecretFindings, valuesCheck } from './values-check.ts';

/** All that is known of one Secret and of the server that it opens, from one look at both. */
export interface SecretFacts extends DiagnosisContext {
  readonly findings: Observation<SecretFindings>;
  readonly credential: Observation<CredentialFacts>;
  readonly record: Observation<RecordFacts>;
  /** Why the login that a PostgresCredential means can't be tried as it says: a sentence; undefined where it can. */
  readonly loginFault: string | undefined;
  readonly consumers: Observation<readonly ConsumerFacts[]>;
}

/** In the order in which they are told. The names are part of the contract: docs/troubleshooting.md. */
export function diagnoseSecret(facts: SecretFacts): readonly NamedCheckResult[] {
  const { findings, credential, record, logins, loginFault, consumers, place } = facts;
  return [
    // Does it agree with itself, and with its policies?
    named(
      'values',
      checkObservation(findings, (fact) => valuesCheck(fact, place)),
    ),
    // Who keeps Secret and server in step, if anybody does?
    named(
      'credential',
      checkObservation(credential, (fact) => credentialCheck(fact, place, divergenceIn(record))),
    ),
    // What has been done to it, and is anything under way?
    named(
      'record',
      checkObservation(record, (fact) => recordCheck(fact, facts)),
    ),
    // Does each of its logins open the server that it names?
    ...(loginFault === undefined ? [] : [named('login', fault(loginFault, editCommand(place)))]),
    ...logins.map((login) => named('login', loginCheck(login, facts))),
    ...(loginFault === undefined && logins.length === 0 ? [named('login', ok(NO_LOGIN))] : []),
    // Do those who read it have what it holds?
    named(
      'consumers',
      checkObservation(consumers, (fact) => staleConsumers(fact, place)),
    ),
  ];
}

/** The sentence of the check `record`: one run says it once. */
const divergenceIn = (record: Observation<RecordFacts>): string | undefined =>
  record.kind === 'found' && record.fact.kind === 'read'
    ? record.fact.record.login?.diverged?.reason
    : undefined;

const NO_LOGIN = 'it holds no login of a PostgreSQL server';

const named = (check: string, diagnosis: CheckResult): NamedCheckResult => ({ check, ...diagnosis });
