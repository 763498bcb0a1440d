import type { StepResult } from '../../engine/login/change/phases.ts';
import { copyEdit, copyId, copyObstacle, hasLogin, notAgreed } from '../../engine/login/copies/login-copy.ts';
import type { ServerCredential } from '../../engine/login/credential-schema/compile.ts';
import type { LoginCopy } from '../../engine/login/credential-schema/stated-spec.ts';
import { serverKindOf } from '../../engine/login/server-kinds/kinds.ts';
import { CHANGES_ROLE, strategyOf } from '../../engine/login/server-kinds/login-roles.ts';
import { isExempt } from '../../engine/policy/match/match.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import type { LoginChange } from '../../engine/secret/record/login-record.ts';
import { latestVersion, type OwnChangeReason, type SecretData } from '../../engine/secret/record/record.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { ObservedSecret } from '../ports.ts';
import type { Deps } from '../reconciler-deps.ts';
import { executeAndEmit, refusalOf } from '../secret-session/execute-and-emit.ts';
import { type SecretSession, sessionOf, snapshotOf } from '../secret-session/open.ts';
import { applyEdit, isRollingBack, rollbackReason } from './publish.ts';
import { loginRecordOf, type ReconcileInput, stepIsCurrent } from './reconcile-input.ts';
import { DONE, failed, refused, type StepOutcome, waitWithRollout } from './step-outcome.ts';

export type CopyDeps = Deps<
  | 'secrets'
  | 'records'
  | 'workloads'
  | 'clock'
  | 'policies'
  | 'context'
  | 'credentials'
  | 'settings'
  | 'enqueue'
  | 'emit'
>;

/** Reads the Secret alone, because a tenant may list copies that do not agree. */
async function readCopy(
  credential: ServerCredential,
  copy: LoginCopy,
  changesRole: boolean,
  { secrets, credentials }: Deps<'secrets' | 'credentials'>,
): Promise<ObservedSecret | { readonly obstacle: string }> {
  const observed = await secrets.readOther(copy);
  if (observed === undefined) return { obstacle: notAgreed(credential, copy) };
  const obstacle = copyObstacle(observed.secret, credential, copy, changesRole);
  if (obstacle !== undefined) return { obstacle };
  const owner = credentials.forSecret(copy, credential.spec.keys.system);
  return owner === undefined
    ? observed
    : {
        obstacle: `${copyId(copy)} is the Secret of ${serverKindOf(owner.spec.keys).object} ${owner.name}: delete one`,
      };
}

type OpenedCopy = SecretSession | { readonly obstacle: string };

/**
 * Copies are followers: they have no phase of their own. A step of the change treats each of them like the Secret
 * itself, and does nothing for one that already agrees. So a step that runs again after a crash completes the rest.
 */
async function openCopy(
  { credential }: Pick<ReconcileInput, 'credential'>,
  copy: LoginCopy,
  change: LoginChange,
  deps: CopyDeps,
): Promise<OpenedCopy> {
  const changesRole = strategyOf(change) === CHANGES_ROLE;
  // The record comes first, as in `readRecordAndSecret`.
  const lookup = await deps.records.read(copy);
  const observed = await readCopy(credential, copy, changesRole, deps);
  if ('obstacle' in observed) return observed;
  const snapshot = snapshotOf(copy, observed, lookup, [], deps, credential);
  if (isExempt(snapshot.permissions.request, deps.context))
    return { obstacle: `${copyId(copy)} is in a namespace, or of a type, that lockstep never touches` };
  if (lookup.kind === 'unreadable') return { obstacle: `the record of ${copyId(copy)} can not be read` };
  return await sessionOf({ ...snapshot, lookup }, { ...deps.settings, competes: false }, deps);
}

const openCopies = (input: ReconcileInput, change: LoginChange, deps: CopyDeps) =>
  Promise.all(
    input.credential.spec.copies.map(async (copy) => ({
      copy,
      opened: await openCopy(input, copy, change, deps),
    })),
  );

/** The login that the change gives to the Secret and to its copies in this direction. */
const loginToPublish = (change: LoginChange): Credential | undefined =>
  isRollingBack(change) ? change.from : change.to;

/** Only reads. Undefined if each copy can get the login. */
export async function preflightCopies(
  input: ReconcileInput,
  change: LoginChange,
  deps: CopyDeps,
): Promise<StepOutcome | undefined> {
  for (const { copy, opened } of await openCopies(input, change, deps)) {
    if ('obstacle' in opened) return refused(opened.obstacle);
    const { rollout } = opened.record();
    if (rollout?.stopped !== undefined)
      return refused(
        `${rollout.stopped.workload} of ${copyId(copy)} has not taken up the version before: ${rollout.stopped.reason}`,
      );
    if (rollout !== undefined) return waitWithRollout({ kind: 'earlier-rollout' });
    const edit = copyEdit(opened.permissions, copy, change.to, [change.from], deps.context);
    const [refusal] = edit?.refusals ?? [];
    if (refusal !== undefined) return refused(couldNotHold(copy, refusal));
    const denial = edit && (await refusalOf(deps.secrets.dryRunPatch(opened.observed, edit), FINAL_CODES));
    if (denial !== undefined) return refused(denial);
  }
  return undefined;
}

const couldNotHold = (copy: LoginCopy, { key, message }: { key: string | undefined; message: string }) =>
  `${copyId(copy)} could not hold it: ${key} ${message}`;

/** An answer that another attempt would get again. */
const FINAL_CODES = [
  'LOCKSTEP_SECRET_REFUSED',
  'LOCKSTEP_RECORD_REFUSED',
  'LOCKSTEP_RECORD_TOO_LARGE',
  'LOCKSTEP_NAMESPACE_TERMINATING',
];

/**
 * Writes the proven login into each copy, or the earlier one if the change is rolled back. A rollback passes a copy
 * that can't be written: the status names it.
 */
export async function publishCopies(
  input: ReconcileInput,
  change: LoginChange,
  deps: CopyDeps,
): Promise<StepResult> {
  const to = loginToPublish(change);
  if (to === undefined) return DONE;
  const { copies } = input.credential.spec;
  // All writes have ended before the step runs again.
  const ends = await Promise.allSettled(copies.map((copy) => publishCopy(input, copy, { change, to }, deps)));
  const rejected = ends.find((end) => end.status === 'rejected');
  if (rejected !== undefined) throw rejected.reason;
  const [reason] = ends.flatMap((end) => (end.status === 'fulfilled' ? (end.value ?? []) : []));
  return reason === undefined || isRollingBack(change) ? DONE : failed(reason);
}

/** Resolves with the reason why the copy does not have the login. */
async function publishCopy(
  input: ReconcileInput,
  copy: LoginCopy,
  { change, to }: { readonly change: LoginChange; readonly to: Credential },
  deps: CopyDeps,
): Promise<string | undefined> {
  const session = await openCopy(input, copy, change, deps);
  if ('obstacle' in session) return session.obstacle;
  const edit = copyEdit(session.permissions, copy, to, [change.from, change.to], deps.context);
  if (edit === undefined) return undefined;
  const [refusal] = edit.refusals;
  if (refusal !== undefined && !isRollingBack(change)) return couldNotHold(copy, refusal);
  // Read after the copy: if another leader has gone on since then, the copy or its record has changed too.
  if (!(await stepIsCurrent(input, change, deps)()))
    throw new LockstepError('CLUSTER_CONFLICT', [`writing Secret ${copy.namespace}/${copy.name}`]);
  const data = applyEdit(session.observed.secret.data, edit);
  const source = `${input.observed.secret.namespace}/${input.observed.secret.name}`;
  const write = {
    data,
    why: changeReasonOf(session, copy, change, data),
    note: `the login of Secret ${source} was ${isRollingBack(change) ? 'restored' : 'changed'}, and this copy follows it`,
  };
  return await refusalOf(executeAndEmit(session, write, deps), FINAL_CODES);
}

function changeReasonOf(
  { record }: Pick<SecretSession, 'record'>,
  copy: LoginCopy,
  { from, fault, cause }: LoginChange,
  data: SecretData,
): OwnChangeReason {
  if (fault === undefined || from === undefined) return { kind: 'login', cause };
  const before = record().versions.findLast((version) => hasLogin(version.data, copy, from));
  const to = before?.number ?? Math.max(latestVersion(record()).number - 1, 1);
  return { ...rollbackReason(record(), to, undefined, data), undone: true };
}

/**
 * Undefined if each copy has the login, and its consumers have it too. A rollback waits for the same, and passes a copy
 * that can't have it.
 */
export async function copiesRolledOut(
  input: ReconcileInput,
  change: LoginChange,
  deps: CopyDeps,
): Promise<StepOutcome | undefined> {
  const login = loginToPublish(change);
  if (login === undefined) return undefined;
  const waited = deps.clock.now().getTime() - change.entered.getTime();
  const isOverdue = waited > input.credential.spec.consumers.timeout;
  let wait: StepOutcome | undefined;
  for (const { copy, opened } of await openCopies(input, change, deps)) {
    const reason = faultOf(copy, opened, login, isOverdue);
    if (reason !== undefined && !isRollingBack(change)) return failed(reason);
    if (reason !== undefined || 'obstacle' in opened) continue;
    const hasOther = !hasLogin(opened.observed.secret.data, copy, login);
    if (hasOther) deps.enqueue(copy);
    if (hasOther || opened.record().rollout !== undefined)
      wait ??= waitWithRollout({ kind: 'copy', name: `${copy.namespace}/${copy.name}` });
  }
  return wait;
}

/**
 * The reason why the copy will not have the login. Another writer may change it again and again, so the wait has the
 * limit of a consumer.
 */
function faultOf(
  copy: LoginCopy,
  opened: OpenedCopy,
  login: Credential,
  isOverdue: boolean,
): string | undefined {
  if ('obstacle' in opened) return opened.obstacle;
  const { stopped } = opened.record().rollout ?? {};
  if (stopped !== undefined) return `${stopped.workload} of ${copyId(copy)} ${stopped.reason}`;
  return isOverdue && !hasLogin(opened.observed.secret.data, copy, login)
    ? `${copyId(copy)} does not keep the login: another writer changes it`
    : undefined;
}

/**
 * The first reason for which a copy does not follow. Wakes the copies that have another login. One read at a time: a
 * tenant chooses the number of copies.
 */
export async function copyWarning(
  input: ReconcileInput,
  deps: Deps<'secrets' | 'credentials' | 'enqueue'>,
): Promise<string | undefined> {
  const { current } = loginRecordOf(input);
  const { copies, strategy } = input.credential.spec;
  const reasons: string[] = [];
  for (const copy of copies) {
    const observed = await readCopy(input.credential, copy, strategy === CHANGES_ROLE, deps);
    if ('obstacle' in observed) reasons.push(observed.obstacle);
    else if (current !== undefined && !hasLogin(observed.secret.data, copy, current)) deps.enqueue(copy);
  }
  const [first, ...others] = reasons;
  return others.length === 0 ? first : `${first}, and ${others.length} more do not follow either`;
}
