import type { AuditResult } from '../../engine/audit/audit.ts';
import { auditStored } from '../../engine/audit/stored.ts';
import { isReleaseDue, releaseDeadline } from '../../engine/credential/change/finalizer-timeout.ts';
import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import { notReadyReport } from '../../engine/credential/status/conditions.ts';
import {
  type Permissions,
  permissionsFor,
  withLoginPermissions,
} from '../../engine/permissions/permissions.ts';
import { isExempt } from '../../engine/policy/match.ts';
import type { PolicySet } from '../../engine/policy/set.ts';
import { withInSyncKeys } from '../../engine/reconcile/drift.ts';
import { type NextWrite, nextWrite } from '../../engine/reconcile/next-write.ts';
import { recordRollout } from '../../engine/record/advance-rotations.ts';
import { newRecord, type Rollout, recordForUid, type SecretRecord } from '../../engine/record/record.ts';
import { recordObservation } from '../../engine/record/record-observation.ts';
import { type OverdueKey, overdueKeys } from '../../engine/rotation/overdue.ts';
import { changeAbandonedEvent } from '../credential/events.ts';
import { blockingCondition, gatherInput, notReadyCondition } from '../credential/gather.ts';
import { type LoginNeeds, type NextActions, reconcileLogin } from '../credential/reconciler.ts';
import { keySkippedEvent, recordUnreadableEvent } from '../record/events.ts';
import type { ObservedSecret, SecretRef } from '../record/observed-secret.ts';
import { openRecordSession, type RecordLookup, type RecordSession } from '../record/record-session.ts';
import { retentionOf, writeSecret } from '../record/write-ahead.ts';
import { type DeletedSecretNeeds, retainRecord } from './deleted-secret.ts';
import { type DerivedSecretNeeds, enqueueOwnerOf, reconcileDerivedSecret } from './derived-secret.ts';

/**
 * Each function rejects with a LockstepError, and with CLUSTER_CONFLICT if the object has changed since it was read.
 */
export interface SecretReconcilerNeeds extends DerivedSecretNeeds, DeletedSecretNeeds, LoginNeeds {
  /** The PostgresCredential of this Secret, if it is valid. */
  readonly credentialOf: (ref: SecretRef) => PostgresCredential | undefined;
  /** The last PostgresCredential of this Secret, if it was deleted. */
  readonly formerCredentialOf: (ref: SecretRef) => PostgresCredential | undefined;
  readonly readRecord: (ref: SecretRef) => Promise<RecordLookup>;
  /**
   * Executes one step. `rollout` is undefined after all consumers are done. `timeout` is the limit for one consumer, in
   * milliseconds.
   */
  readonly advanceRollout: (
    ref: SecretRef,
    rollout: Rollout,
    timeout?: number,
  ) => Promise<{ readonly rollout: Rollout | undefined; readonly requeueAfter: number | undefined }>;
  /** The highest version that a consumer still has, or 0 if none has one. */
  readonly highestVersion: (ref: SecretRef) => Promise<number>;
  readonly policies: () => PolicySet;
  /**
   * Resolves after other work of this process had a turn. A pass over a large Secret takes long, and there are several
   * of them.
   */
  readonly yieldToOthers: () => Promise<unknown>;
  /** Undefined if the labels are not known yet. */
  readonly labelsOf: (namespace: string) => ReadonlyMap<string, string> | undefined;
  readonly reportFindings: (audited: AuditResult, observed: ObservedSecret) => void;
  readonly forget: (ref: SecretRef) => void;
  /** Gets the keys that are older than a policy allows. Usually there are none. */
  readonly reportOverdueKeys: (observed: ObservedSecret, overdue: readonly OverdueKey[]) => void;
}

/** Done until something changes, or due again after a delay in milliseconds. */
export type ReconcileResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'requeue'; readonly requeueAfter: number };

const DONE: ReconcileResult = { kind: 'done' };
const REQUEUE_NOW: ReconcileResult = { kind: 'requeue', requeueAfter: 0 };

/**
 * One step of one Secret towards its desired state: at most one change of its values, or one of a consumer. It gathers
 * the input, the engine decides, and it executes the decision. After a crash, the next leader finds in the record what
 * was started.
 *
 *     record: pending ── Secret: written ── record: version, rollout opened ── consumer, consumer, … ── rollout closed
 */
export async function reconcileSecret(
  ref: SecretRef,
  needs: SecretReconcilerNeeds,
): Promise<ReconcileResult> {
  const [observed, lookup] = await Promise.all([needs.readSecret(ref), needs.readRecord(ref)]);
  const active = needs.credentialOf(ref);
  const credential = active ?? formerDuringChange(lookup, needs.formerCredentialOf(ref), needs);
  if (mustRemoveFinalizer(credential, observed, lookup, needs))
    await removeFinalizer(ref, observed, lookup, needs);
  // PostgresCredentials that are being deleted have nothing to wait for: the active one continues the change.
  else if (active !== undefined) await needs.removeFinalizer(ref, active);
  if (observed === undefined) {
    enqueueOwnerOf(ref, needs);
    needs.forget(ref);
    if (credential !== undefined) needs.reportStatus(credential, notReadyReport(credential, SECRET_MISSING));
    const requeueAfter = await retainRecord(ref, lookup, needs);
    return requeueSoonest(requeueAfter === undefined ? [] : [requeueAfter]);
  }
  const { secret } = observed;
  const namespaceLabels = needs.labelsOf(ref.namespace);
  const policies = needs.policies();
  const policyPermissions = permissionsFor(secret, namespaceLabels, policies, needs.context);
  // If --max-action does not allow changes, a login is treated like any other Secret.
  const managedCredential = needs.context.maxAction === 'Enforce' ? credential : undefined;
  const isLogin =
    managedCredential !== undefined && !isExempt(policyPermissions.request, needs.context.ownNamespace);
  const permissions = isLogin
    ? withLoginPermissions(policyPermissions, managedCredential.spec.consumers)
    : policyPermissions;
  const record = lookup.kind === 'read' ? lookup.record : undefined;
  await needs.yieldToOthers();
  needs.reportFindings(
    auditStored(permissions, needs.context, updatedRecord(record, observed, permissions, needs)),
    observed,
  );
  await needs.yieldToOthers();
  needs.reportOverdueKeys(
    observed,
    overdueKeys(permissions, record ?? withoutRecord(observed), needs.context.now()),
  );
  const blocked = blockingCondition(permissions, lookup, needs);
  if (credential !== undefined && blocked !== undefined)
    needs.reportStatus(credential, notReadyReport(credential, blocked));
  // With --max-action Audit, lockstep only reports.
  if (needs.context.maxAction === 'Audit') return DONE;
  await reconcileDerivedSecret(observed, permissions, needs);
  if (!permissions.isManaged) return forgetSyncedKeys(ref, lookup, needs);
  if (lookup.kind === 'unreadable') {
    needs.recordEvent(observed, recordUnreadableEvent(lookup.reason));
    return DONE;
  }
  const { history } = managedCredential?.spec ?? needs;
  return reconcileManaged(ref, observed, permissions, managedCredential, lookup, { ...needs, history });
}

/** The record after the current data of the Secret is added to it. Only such a record shows drift. */
function updatedRecord(
  record: SecretRecord | undefined,
  { secret, uid, written, resourceVersion }: ObservedSecret,
  permissions: Permissions,
  needs: SecretReconcilerNeeds,
): SecretRecord | undefined {
  if (record === undefined || !permissions.mayHeal) return record;
  const observation = { ...written, why: { kind: 'changed' }, resourceVersion } as const;
  return recordObservation(
    recordForUid(record, uid),
    secret.data,
    observation,
    retentionOf(permissions, needs),
  );
}

/** A change while no policy asks for anything is not drift, even if a policy asks for it later. */
async function forgetSyncedKeys(
  ref: SecretRef,
  lookup: RecordLookup,
  needs: SecretReconcilerNeeds,
): Promise<ReconcileResult> {
  if (lookup.kind === 'read' && lookup.record.inSyncKeys.size > 0)
    await needs.writeRecord(ref, { ...lookup.record, inSyncKeys: new Map() }, lookup.resourceVersion);
  return DONE;
}

/**
 * True if no change can continue here, or if a PostgresCredential waits too long for its deletion. Otherwise the
 * finalizer would stay for ever.
 */
function mustRemoveFinalizer(
  credential: PostgresCredential | undefined,
  observed: ObservedSecret | undefined,
  lookup: RecordLookup,
  { deletedAt, context }: SecretReconcilerNeeds,
): boolean {
  if (credential === undefined || observed === undefined || lookup.kind === 'unreadable') return true;
  return context.maxAction !== 'Enforce' || isReleaseDue(deletedAt(credential), context.now());
}

async function removeFinalizer(
  ref: SecretRef,
  observed: ObservedSecret | undefined,
  lookup: RecordLookup,
  needs: SecretReconcilerNeeds,
): Promise<void> {
  const change = lookup.kind === 'read' ? lookup.record.login?.change : undefined;
  const wasDeleting = await needs.removeFinalizer(ref);
  if (wasDeleting && observed !== undefined && change !== undefined)
    needs.recordEvent(observed, changeAbandonedEvent(change));
}

/** A deleted PostgresCredential still completes a change in progress. */
const formerDuringChange = (
  lookup: RecordLookup,
  former: PostgresCredential | undefined,
  { hasFinalizer }: SecretReconcilerNeeds,
): PostgresCredential | undefined => {
  if (former === undefined || lookup.kind !== 'read') return undefined;
  // While the finalizer exists, the login is checked once more: an edit may have ended the change.
  return lookup.record.login?.change !== undefined || hasFinalizer(former) ? former : undefined;
};

/** One step of a managed Secret. */
async function reconcileManaged(
  ref: SecretRef,
  observed: ObservedSecret,
  permissions: Permissions,
  credential: PostgresCredential | undefined,
  lookup: Exclude<RecordLookup, { kind: 'unreadable' }>,
  needs: SecretReconcilerNeeds,
): Promise<ReconcileResult> {
  const session = await openUpdatedSession(ref, observed, lookup, permissions, needs);
  const actions =
    credential === undefined
      ? UNRESTRICTED
      : await reconcileCredential(credential, observed, permissions, session, needs);
  if (actions.requeueAfter === 0) return REQUEUE_NOW;
  if (session.current().login?.change === undefined) await needs.removeFinalizer(ref);
  await needs.yieldToOthers();
  const next = actions.mayWrite ? nextWrite(permissions, session.current(), needs.context, needs) : NO_WRITE;
  const isSuspended = next.kind === 'write' && next.why.kind === 'healed' && !needs.mayWrite(ref);
  if (next.kind === 'write' && !isSuspended) return write(observed, session, next, permissions, needs);
  if (next.kind === 'none')
    for (const obstacle of next.obstacles) needs.recordEvent(observed, keySkippedEvent(obstacle));
  const delays = next.kind === 'none' ? delayUntil(next.requeueAt, needs) : [SUSPENDED_MS];
  const allDelays = actions.requeueAfter === undefined ? delays : [...delays, actions.requeueAfter];
  if (!actions.mayRollOut) return requeueSoonest(allDelays);
  return await advanceConsumers(
    ref,
    session,
    permissions,
    { delays: allDelays, timeout: credential?.spec.consumers.timeout },
    needs,
  );
}

const SECRET_MISSING = notReadyCondition('SecretNotFound', 'there is no such Secret');

/** The actions for a Secret that is not a login. */
const UNRESTRICTED: NextActions = { mayWrite: true, mayRollOut: true, requeueAfter: undefined };
/** No event reports that the Secret of the administrator or the CA exists again, so each pass reads both. */
const RECHECK_INTERVAL_MS = 30_000;
/** An outdated URL may be the only reason why the server can't be found. */
const MID_CHANGE: NextActions = { mayWrite: true, mayRollOut: false, requeueAfter: RECHECK_INTERVAL_MS };
const NO_WRITE: NextWrite = { kind: 'none', requeueAt: undefined, obstacles: [] };

/**
 * If its PostgresCredential can't be reconciled, the Secret is treated like any other. But in the middle of a change no
 * consumer restarts.
 */
async function reconcileCredential(
  credential: PostgresCredential,
  observed: ObservedSecret,
  permissions: Permissions,
  session: RecordSession,
  needs: SecretReconcilerNeeds,
): Promise<NextActions> {
  const input = await gatherInput(credential, observed, permissions, session, needs);
  if (!('type' in input)) return await reconcileLogin(input, needs);
  const change = session.current().login?.change;
  const deletedAt = needs.deletedAt(credential);
  const unfinished = change && { change, letGo: deletedAt && releaseDeadline(deletedAt) };
  needs.reportStatus(credential, notReadyReport(credential, input, unfinished));
  return change === undefined ? UNRESTRICTED : MID_CHANGE;
}

/** Without a record, only the time of the last write is known. No key is younger than that. */
const withoutRecord = ({
  secret: { data },
  written: { time },
}: ObservedSecret): Pick<SecretRecord, 'lastChanged'> => ({
  lastChanged: new Map([...data.keys()].map((key) => [key, time])),
});

/** Opens the record, and adds the current data of the Secret to it. */
async function openUpdatedSession(
  ref: SecretRef,
  observed: ObservedSecret,
  lookup: Exclude<RecordLookup, { kind: 'unreadable' }>,
  permissions: Permissions,
  needs: SecretReconcilerNeeds,
): Promise<RecordSession> {
  const { secret, uid, written, resourceVersion } = observed;
  const mayHaveVersion = lookup.kind === 'absent' && permissions.mayRestart;
  const highestVersion = mayHaveVersion ? await needs.highestVersion(ref) : 0;
  const initial = newRecord(uid, secret.data, { ...written, why: { kind: 'seen' } }, highestVersion);
  const session = openRecordSession(initial, lookup, (record, version) =>
    needs.writeRecord(ref, record, version),
  );
  const current = recordForUid(session.current(), uid);
  const updated = recordObservation(
    current,
    secret.data,
    { ...written, why: { kind: 'changed' }, resourceVersion },
    retentionOf(permissions, needs),
  );
  await session.save(withInSyncKeys(updated, permissions));
  return session;
}

async function write(
  observed: ObservedSecret,
  session: RecordSession,
  next: Extract<NextWrite, { kind: 'write' }>,
  permissions: Permissions,
  needs: SecretReconcilerNeeds,
): Promise<ReconcileResult> {
  await writeSecret(observed, session, next, permissions, needs);
  return REQUEUE_NOW;
}

/** The time for which the write-conflict breaker suspends a Secret. */
const SUSPENDED_MS = 60 * 60 * 1000;

const ROLLOUT_ENDED = { rollout: undefined, requeueAfter: undefined };

async function advanceConsumers(
  ref: SecretRef,
  session: RecordSession,
  { mayRestart }: Permissions,
  { delays, timeout }: { readonly delays: readonly number[]; readonly timeout: number | undefined },
  needs: SecretReconcilerNeeds,
): Promise<ReconcileResult> {
  const { rollout } = session.current();
  if (rollout === undefined) return requeueSoonest(delays);
  // If a policy no longer asks for a restart, the rollout ends. Otherwise it would count as stopped for ever.
  const step = mayRestart ? await needs.advanceRollout(ref, rollout, timeout) : ROLLOUT_ENDED;
  if (step.rollout !== rollout)
    await session.save(recordRollout(session.current(), step.rollout, needs.context.now()));
  if (step.rollout === undefined) return REQUEUE_NOW;
  // The password change rolls back at once, and does not wait until the workload recovers.
  const hasStopped = rollout.stopped === undefined && step.rollout.stopped !== undefined;
  if (hasStopped && session.current().login?.change !== undefined) return REQUEUE_NOW;
  return requeueSoonest([...delays, ...(step.requeueAfter === undefined ? [] : [step.requeueAfter])]);
}

function delayUntil(time: Date | undefined, { context }: SecretReconcilerNeeds): readonly number[] {
  return time === undefined ? [] : [Math.max(0, time.getTime() - context.now().getTime())];
}

const requeueSoonest = (delays: readonly number[]): ReconcileResult =>
  delays.length === 0 ? DONE : { kind: 'requeue', requeueAfter: Math.min(...delays) };
