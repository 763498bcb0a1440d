import type { NamedCheckResult } from '../../cluster-doctor/checks.ts';
import {
  type CheckResult,
  checkObservation,
  fault,
  type Observation,
  ok,
} from '../../doctor/check-result.ts';
import type { SecretRecord } from '../../record/record.ts';
import { type ReferenceFacts, referenceCheck } from '../../references/reference-check.ts';
import { editCommand } from './commands.ts';
import { type CopyFacts, copiesCheck } from './copies-check.ts';
import { type CredentialFacts, credentialCheck } from './credential-check.ts';
import { loginCheck } from './login-check.ts';
import type { DiagnosisContext } from './login-evidence.ts';
import { type RecordFacts, recordCheck } from './record-check.ts';
import { type RestartState, restartState } from './restart-state.ts';
import { type ConsumerFacts, staleConsumers } from './stale-consumers.ts';
import { type SecretFindings, valuesCheck } from './values-check.ts';

/** All facts about one Secret and its server, from one observation of both. */
export interface SecretFacts extends DiagnosisContext {
  readonly findings: Observation<SecretFindings>;
  readonly credential: Observation<CredentialFacts>;
  /** The copies that its PostgresCredential names. */
  readonly copies: readonly CopyFacts[];
  readonly record: Observation<RecordFacts>;
  /** The reason why the login of the PostgresCredential can't be tried: a sentence. Undefined if it can. */
  readonly loginFault: string | undefined;
  readonly consumers: Observation<readonly ConsumerFacts[]>;
  readonly restarts: Pick<RestartState, 'mayRestart' | 'isLed'>;
  readonly references: Observation<ReferenceFacts>;
}

/** In the order in which they are reported. The names are part of the contract: docs/reference/doctor.md. */
export function diagnoseSecret(facts: SecretFacts): readonly NamedCheckResult[] {
  const { findings, credential, copies, record, logins, loginFault, consumers, restarts, references, place } =
    facts;
  return [
    // Does it agree with itself, and with its policies?
    named(
      'values',
      checkObservation(findings, (fact) => valuesCheck(fact, facts)),
    ),
    // Does a PostgresCredential keep Secret and server in sync?
    named(
      'credential',
      checkObservation(credential, (fact) => credentialCheck(fact, place, divergenceIn(record))),
    ),
    // Do the copies of its login follow?
    ...(copies.length === 0 ? [] : [named('copies', copiesCheck(copies))]),
    // Which changes were made, and is one in progress?
    named(
      'record',
      checkObservation(record, (fact) => recordCheck(fact, facts)),
    ),
    // Does each of its logins open the server that it names?
    ...(loginFault === undefined ? [] : [named('login', fault(loginFault, editCommand(place)))]),
    ...logins.map((login) => named('login', loginCheck(login, facts))),
    ...(loginFault === undefined && logins.length === 0 ? [named('login', ok(NO_LOGIN))] : []),
    // Do the consumers have its present values?
    named(
      'consumers',
      checkObservation(consumers, (fact) =>
        staleConsumers(fact, place, restartState(restarts, recordIn(record), logins)),
      ),
    ),
    // Does it have each key that an object asks for?
    named('references', checkObservation(references, referenceCheck)),
  ];
}

/** The sentence of the check `record`, so that the report has it only once. */
const divergenceIn = (record: Observation<RecordFacts>): string | undefined =>
  recordIn(record)?.login?.diverged?.reason;

const recordIn = (record: Observation<RecordFacts>): SecretRecord | undefined =>
  record.kind === 'found' && record.fact.kind === 'read' ? record.fact.record : undefined;

const NO_LOGIN = 'it holds no login of a PostgreSQL server';

const named = (check: string, diagnosis: CheckResult): NamedCheckResult => ({ check, ...diagnosis });
