import type { ServerTarget } from '../../login/server/target.ts';
import { loginsOf } from '../../secret/record/login-record.ts';
import type { SecretRecord } from '../../secret/record/record.ts';
import { type CheckResult, checkObservation, fault, type Observation, ok } from '../check-result.ts';
import type { NamedCheckResult } from '../cluster-checks/checks.ts';
import { editCommand } from './commands.ts';
import { type CopyFacts, copiesCheck } from './copies-check.ts';
import { type CredentialFacts, credentialChecks } from './credential-check.ts';
import { loginCheck } from './login-check.ts';
import type { DiagnosisContext, LoginEvidence, ServerContext } from './login-evidence.ts';
import { type RecordFacts, recordCheck } from './record-check.ts';
import { type ReferenceFacts, referenceCheck } from './reference-check.ts';
import { type RestartState, restartState } from './restart-state.ts';
import { type ConsumerFacts, staleConsumers } from './stale-consumers.ts';
import { type SecretFindings, valuesCheck } from './values-check.ts';

/** All facts about one Secret and its servers, from one observation of all. */
export interface SecretFacts extends Omit<DiagnosisContext, keyof ServerContext> {
  readonly servers: readonly ServerFacts[];
  readonly findings: Observation<SecretFindings>;
  readonly credential: Observation<CredentialFacts>;
  /** The copies that its PostgresCredential names. */
  readonly copies: readonly CopyFacts[];
  readonly record: Observation<RecordFacts>;
  readonly consumers: Observation<readonly ConsumerFacts[]>;
  readonly restarts: Pick<RestartState, 'mayRestart' | 'isLed'>;
  readonly references: Observation<ReferenceFacts>;
}

export interface ServerFacts extends ServerContext, Pick<ServerTarget, 'system'> {
  /** The reason why the login of the credential can't be tried: a sentence. Undefined if it can. */
  readonly loginFault: string | undefined;
}

/** In the order in which they are reported. The names are part of the contract: docs/reference/doctor.md. */
export function diagnoseSecret(facts: SecretFacts): readonly NamedCheckResult[] {
  const { findings, credential, copies, record, logins, servers, consumers, restarts, references, place } =
    facts;
  const loginFaults = servers.flatMap(({ loginFault }) => loginFault ?? []);
  return [
    // Does it agree with itself, and with its policies?
    named(
      'values',
      checkObservation(findings, (fact) => valuesCheck(fact, facts)),
    ),
    // Does a credential keep Secret and server in sync?
    ...credentialChecks(credential, place, divergencesIn(record)).map((result) =>
      named('credential', result),
    ),
    // Do the copies of its login follow?
    ...(copies.length === 0 ? [] : [named('copies', copiesCheck(copies))]),
    // Which changes were made, and is one in progress?
    named(
      'record',
      checkObservation(record, (fact) => recordCheck(fact, facts)),
    ),
    // Does each of its logins open the server that it names?
    ...loginFaults.map((reason) => named('login', fault(reason, editCommand(place)))),
    ...logins.map((login) => named('login', loginCheck(login, contextOf(login, facts)))),
    ...(loginFaults.length === 0 && logins.length === 0 ? [named('login', ok(NO_LOGIN))] : []),
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

const contextOf = ({ target }: LoginEvidence, { servers, ...facts }: SecretFacts): DiagnosisContext => ({
  ...NO_CREDENTIAL,
  ...facts,
  ...servers.find(({ system }) => system === target.system),
  logins: facts.logins.filter((other) => other.target.system === target.system),
});

const NO_CREDENTIAL: ServerContext = {
  credentialName: undefined,
  notReadyReason: undefined,
  adminSecret: undefined,
  adminRole: undefined,
  adminFault: undefined,
};

/** The sentences of the check `record`, so that the report has them only once. */
const divergencesIn = (record: Observation<RecordFacts>): readonly string[] =>
  loginsOf(recordIn(record) ?? {}).flatMap(({ diverged }) => diverged?.reason ?? []);

const recordIn = (record: Observation<RecordFacts>): SecretRecord | undefined =>
  record.kind === 'found' && record.fact.kind === 'read' ? record.fact.record : undefined;

const NO_LOGIN = 'it holds no login of PostgreSQL or Redis that can be tried';

const named = (check: string, diagnosis: CheckResult): NamedCheckResult => ({ check, ...diagnosis });
