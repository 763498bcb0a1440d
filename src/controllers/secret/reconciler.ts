import { isMarkedAsCopy } from '../../engine/login/copies/login-copy.ts';
import type { ServerCredential } from '../../engine/login/credential-schema/compile.ts';
import { LOGIN_SYSTEMS } from '../../engine/login/server-kinds/kinds.ts';
import { notReadyCondition, notReadyReport } from '../../engine/login/status/conditions.ts';
import { hasBreakGlass } from '../../engine/secret/break-glass.ts';
import { generatorNameOf, missingSecretReason } from '../../engine/secret/kubernetes/generated-name.ts';
import { recordRollout } from '../../engine/secret/record/advance-rotations.ts';
import { forLogin, loginsOf } from '../../engine/secret/record/login-record.ts';
import type { RecordLookup } from '../../engine/secret/record/record-lookup.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { withInSyncKeys } from '../../engine/versions/reconcile/drift.ts';
import { type NextWrite, nextWrite } from '../../engine/versions/reconcile/next-write.ts';
import { notWritableReason } from '../../engine/versions/rollback/plan.ts';
import { wayOnFrom } from '../../engine/versions/rollback/stopped-rollout.ts';
import { sourceOfCopy } from '../credential/follow-source.ts';
import { blockingCondition } from '../credential/gather.ts';
import { copyRetiresLogin, retiresLogin } from '../credential/retire.ts';
import { identityOf } from '../domain-event.ts';
import type { ObservedSecret, RolloutAdvance } from '../ports.ts';
import type { WorkResult } from '../queue/work-queue.ts';
import type { Deps, ReconcilerDeps } from '../reconciler-deps.ts';
import { executeAndEmit } from '../secret-session/execute-and-emit.ts';
import { type SecretSession, type SecretSnapshot, sessionOf, snapshotOf } from '../secret-session/open.ts';
import { isRolloutStopped, readRecordAndSecret, writeRecord } from '../secret-session/record-session.ts';
import { releaseLeftFields } from '../secret-session/release-fields.ts';
import { retainRecord } from './deleted-secret.ts';
import { enqueueOwnerOf, reconcileDerivedSecret } from './derived-secret.ts';
import { credentialsOf, releaseCredentials } from './finalizer.ts';
import { reconcileLogins } from './logins.ts';
import { reportFindings } from './report-findings.ts';

const DONE: WorkResult = { kind: 'done' };
const REQUEUE_NOW: WorkResult = { kind: 'requeue', requeueAfter: 0 };

/**
 * One step of one Secret towards its desired state: at most one change of its values, or one of a consumer. It gathers
 * the input, the engine decides, and it executes the decision. After a crash, the next leader finds in the record what
 * was started.
 *
 *     record: pending ── Secret: written ── record: version, rollout opened ── consumer, consumer, … ── rollout closed
 */
export async function reconcileSecret(ref: SecretRef, deps: ReconcilerDeps): Promise<WorkResult> {
  const { observed, lookup } = await readRecordAndSecret(ref, deps.records.read, deps.secrets.read);
  emitReading(ref, observed, lookup, deps);
  enqueueGenerator(ref, deps);
  const credentials = credentialsOf(ref, lookup, deps);
  await releaseCredentials(ref, credentials, observed, lookup, deps);
  if (observed === undefined) return await reconcileDeleted(ref, lookup, credentials, deps);
  const source = sourceOfCopy(observed, deps);
  const snapshot = snapshotOf(ref, observed, lookup, credentials, deps, source);
  await reportFindings(snapshot, deps);
  reportBreakGlass(snapshot, deps);
  reportBlocked(snapshot, credentials, deps);
  if (source === undefined && isMarkedAsCopy(observed.secret))
    deps.emit({ kind: 'copy-not-named', secret: identityOf(observed) });
  // With --max-action Audit, lockstep only reports.
  if (deps.context.maxAction === 'Audit') return DONE;
  await reconcileDerivedSecret(observed, snapshot.permissions, deps);
  if (!snapshot.permissions.isManaged) return await forgetSyncedKeys(ref, lookup, deps);
  if (lookup.kind === 'unreadable') {
    deps.emit({ kind: 'record-unreadable', secret: identityOf(observed), reason: lookup.reason });
    return DONE;
  }
  const logins = [...snapshot.credentials, ...(source === undefined ? [] : [source])];
  return await reconcileManaged({ ...snapshot, lookup }, source, withHistoryOf(logins, deps));
}

function emitReading(
  ref: SecretRef,
  observed: ObservedSecret | undefined,
  lookup: RecordLookup,
  { emit }: Deps<'emit'>,
): void {
  if (observed === undefined) emit({ kind: 'secret-deleted', secret: ref });
  else emit({ kind: 'secret-observed', secret: identityOf(observed) });
  const record = lookup.kind === 'read' ? lookup.record : undefined;
  emit({
    kind: 'record-read',
    secret: ref,
    lookup: lookup.kind,
    isRolloutStopped: record !== undefined && isRolloutStopped(record),
  });
}

async function reconcileDeleted(
  ref: SecretRef,
  lookup: RecordLookup,
  credentials: readonly ServerCredential[],
  deps: Deps<'records' | 'clock' | 'secretNamesIn' | 'enqueue' | 'emit'>,
): Promise<WorkResult> {
  enqueueOwnerOf(ref, deps);
  for (const credential of credentials) {
    const reason = missingSecretReason(ref.name, deps.secretNamesIn(ref.namespace));
    const report = notReadyReport(credential, notReadyCondition('SecretNotFound', reason));
    deps.emit({ kind: 'credential-status', credential, report });
  }
  const requeueAfter = await retainRecord(ref, lookup, deps);
  return requeueSoonest(requeueAfter === undefined ? [] : [requeueAfter]);
}

/** The condition of a ServerCredential names a Secret whose name has a hash. */
function enqueueGenerator({ namespace, name }: SecretRef, deps: Deps<'credentials' | 'enqueue'>): void {
  const base = generatorNameOf(name);
  if (base === undefined) return;
  const generator = { namespace, name: base };
  const { forSecret } = deps.credentials;
  if (LOGIN_SYSTEMS.some((system) => forSecret(generator, system) !== undefined)) deps.enqueue(generator);
}

/** No webhook sees such a write, so the stored annotation is all that lockstep knows of it. */
function reportBreakGlass({ observed, permissions }: SecretSnapshot, { emit }: Deps<'emit'>): void {
  if (permissions.matched.length === 0 || !hasBreakGlass(observed.secret)) return;
  emit({ kind: 'break-glass', secret: identityOf(observed), writtenAt: observed.written.time });
}

/** Reports the reason why the Secret is not reconciled as a login. */
function reportBlocked(
  { permissions, lookup }: SecretSnapshot,
  credentials: readonly ServerCredential[],
  { context, emit }: Deps<'context' | 'emit'>,
): void {
  const blocked = blockingCondition(permissions, lookup, { context });
  if (blocked === undefined) return;
  for (const credential of credentials)
    emit({ kind: 'credential-status', credential, report: notReadyReport(credential, blocked) });
}

/** A change while no policy asks for anything is not drift, even if a policy asks for it later. */
async function forgetSyncedKeys(
  ref: SecretRef,
  lookup: RecordLookup,
  deps: Deps<'records' | 'emit'>,
): Promise<WorkResult> {
  if (lookup.kind === 'read' && lookup.record.inSyncKeys.size > 0)
    await writeRecord(ref, { ...lookup.record, inSyncKeys: new Map() }, lookup.resourceVersion, deps);
  return DONE;
}

/** A ServerCredential sets the number of versions of its Secret, and of the copies. The highest number counts. */
const withHistoryOf = (logins: readonly ServerCredential[], deps: ReconcilerDeps): ReconcilerDeps =>
  logins.length === 0
    ? deps
    : {
        ...deps,
        settings: { ...deps.settings, history: Math.max(...logins.map(({ spec }) => spec.history)) },
      };

/** One step of a managed Secret. */
async function reconcileManaged(
  snapshot: SecretSnapshot<Exclude<RecordLookup, { kind: 'unreadable' }>>,
  source: ServerCredential | undefined,
  deps: ReconcilerDeps,
): Promise<WorkResult> {
  const { ref, observed, credentials } = snapshot;
  const session = await sessionOf(snapshot, { ...deps.settings, competes: false }, deps);
  await session.save(withInSyncKeys(session.record(), session.permissions));
  const actions = await reconcileLogins(credentials, source, session, deps);
  if (actions.requeueAfter === 0) return REQUEUE_NOW;
  for (const system of LOGIN_SYSTEMS)
    if (forLogin(session.record(), system).login?.change === undefined)
      await deps.credentials.finalizer.remove(ref, system);
  await deps.clock.yieldToOthers();
  const next = actions.mayWrite ? nextWriteOf(session, deps) : NO_WRITE;
  if (next.kind === 'write') {
    await executeAndEmit(session, next, deps);
    return REQUEUE_NOW;
  }
  if (next.kind === 'none')
    for (const { key, reason } of next.obstacles)
      deps.emit({ kind: 'key-skipped', secret: identityOf(observed), key, reason });
  const delays = next.kind === 'none' ? delayUntil(next.requeueAt, deps) : [SUSPENDED_MS];
  const untilRelease = await releaseLeftFields(observed, deps);
  const allDelays = [...delays, actions.requeueAfter, untilRelease].filter((delay) => delay !== undefined);
  return actions.mayRollOut
    ? await advanceConsumers(session, { credentials, source }, allDelays, deps)
    : requeueSoonest(allDelays);
}

const NO_WRITE: NextWrite = { kind: 'none', requeueAt: undefined, obstacles: [] };
/** The time for which the write-conflict breaker suspends a Secret. */
const SUSPENDED_MS = 60 * 60 * 1000;

/** The next write, unless the write-conflict breaker suspends it. */
function nextWriteOf(
  session: SecretSession,
  { context, settings, mayWrite }: Deps<'context' | 'settings' | 'mayWrite'>,
): NextWrite | { readonly kind: 'suspended' } {
  const next = nextWrite(session.permissions, session.record(), context, settings);
  const isSuspended = next.kind === 'write' && next.why.kind === 'healed' && !mayWrite(session.ref);
  return isSuspended ? { kind: 'suspended' } : next;
}

/** The logins that a Secret holds, and the one that it follows as a copy. */
interface Logins {
  readonly credentials: readonly ServerCredential[];
  readonly source: ServerCredential | undefined;
}

const ROLLOUT_ENDED: RolloutAdvance = { rollout: undefined, requeueAfter: undefined };

async function advanceConsumers(
  session: SecretSession,
  { credentials, source }: Logins,
  delays: readonly number[],
  deps: ReconcilerDeps,
): Promise<WorkResult> {
  const { workloads, clock, enqueue, emit } = deps;
  const { rollout } = session.record();
  if (rollout === undefined) return requeueSoonest(delays);
  const timeouts = [...credentials, ...(source === undefined ? [] : [source])].map(
    ({ spec }) => spec.consumers.timeout,
  );
  const timeout = timeouts.length === 0 ? undefined : Math.max(...timeouts);
  // If a policy no longer asks for a restart, the rollout ends. Otherwise it would count as stopped for ever.
  const step = session.permissions.mayRestart
    ? await workloads.advanceRollout(session.observed.secret, rollout, {
        timeout,
        awaitsOlderPods:
          source === undefined
            ? retiresLogin(session.record())
            : copyRetiresLogin(session.record(), source.spec),
      })
    : ROLLOUT_ENDED;
  if (step.event !== undefined)
    emit({
      kind: 'rollout-advanced',
      secret: identityOf(session.observed),
      step: step.event,
      wayOn: wayOnFrom(session.record(), notWritableReason(session.observed.secret)),
    });
  if (step.rollout !== rollout)
    await session.save(recordRollout(session.record(), step.rollout, clock.now()));
  // The change of a login waits for the consumers of its copies.
  if (source !== undefined && (step.rollout === undefined || step.rollout.stopped !== undefined))
    enqueue({ namespace: source.namespace, name: source.spec.secretName });
  if (step.rollout === undefined) return REQUEUE_NOW;
  // The password change rolls back at once, and does not wait until the workload recovers.
  const hasStopped = rollout.stopped === undefined && step.rollout.stopped !== undefined;
  const isChanging = loginsOf(session.record()).some(({ change }) => change !== undefined);
  if (hasStopped && isChanging) return REQUEUE_NOW;
  return requeueSoonest([...delays, ...(step.requeueAfter === undefined ? [] : [step.requeueAfter])]);
}

function delayUntil(time: Date | undefined, { clock }: Deps<'clock'>): readonly number[] {
  return time === undefined ? [] : [Math.max(0, time.getTime() - clock.now().getTime())];
}

const requeueSoonest = (delays: readonly number[]): WorkResult =>
  delays.length === 0 ? DONE : { kind: 'requeue', requeueAfter: Math.min(...delays) };
