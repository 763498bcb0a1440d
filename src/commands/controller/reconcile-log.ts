import { keyOf, type SecretKey } from '../../controllers/informer/version-index.ts';
import type { Held, News, Place } from '../../controllers/record/observed-secret.ts';
import type { Outcome, SecretReconcilerNeeds } from '../../controllers/secret/reconciler.ts';
import type { RolloutNews } from '../../controllers/secret/rollout.ts';
import type { SecretRecord, Why } from '../../engine/record/record.ts';
import { idOf } from '../../engine/rollout/consumers.ts';
import type { Overdue } from '../../engine/rotation/overdue.ts';
import { eventType } from '../../engine/secret/event-reasons.ts';
import { complaint, LockstepError } from '../../errors.ts';
import type { Happening } from '../../kube/client/events.ts';
import type { Log } from '../../log.ts';
import type { ReconcileOutcome, SecretWriteReason } from '../../metrics/controller.ts';
import type { ControllerPage } from '../../metrics.ts';
import type { Teller } from '../pod/event-recorder.ts';
import { regardingOf, secretIn } from '../pod/object-reference.ts';
import { saidBefore } from './event-deduplicator.ts';
import { countedSet } from './gauge-set.ts';
import { SUSPENDED, sentenceOf, tooOld } from './reconcile-events.ts';

export interface WorkLogParts {
  readonly log: Log;
  readonly metrics: ControllerPage;
  readonly event: (happening: Omit<Happening, keyof Teller>) => Promise<void>;
}

type Step = (needs: SecretReconcilerNeeds) => Promise<Outcome>;

/** What is told of the work: by the log, metrics and Events. Of a Secret only names. */
export interface WorkLog {
  /** One step of one Secret, counted, and told where it fails for a reason that somebody can mend. A conflict is no failure. */
  readonly step: (key: SecretKey, needs: SecretReconcilerNeeds, act: Step) => Promise<Outcome>;
  readonly tell: (held: Held, news: News) => void;
  readonly wrote: (place: Place, why: Why) => void;
  readonly rollout: (place: Place, news: RolloutNews) => void;
  readonly aged: (held: Held, overdue: readonly Overdue[]) => void;
  readonly suspended: (key: SecretKey) => void;
  readonly freed: (key: SecretKey) => void;
  readonly failed: (key: SecretKey, error: unknown) => void;
  readonly sweep: (act: () => Promise<void>) => Promise<void>;
  readonly sweepFailed: (error: unknown) => void;
}

/** What the controller itself never writes has no reason. */
const WRITE_REASONS: Readonly<Record<Why['kind'], SecretWriteReason | undefined>> = {
  seen: undefined,
  changed: undefined,
  healed: 'heal',
  generated: 'generate',
  rotated: 'rotate',
  'rolled-back': 'rollback',
  login: 'password-change',
};

/** After somebody else was first. Milliseconds. */
const CONFLICT_PAUSE = 200;

export function workLog({ log, metrics, event }: WorkLogParts): WorkLog {
  /** Of the Secrets that are worked on at this moment. */
  const atWork = new Map<SecretKey, Held>();
  const stopped = countedSet(metrics.setRolloutsStopped);
  const unreadable = countedSet(metrics.setRecordsUnreadable);
  const suspended = countedSet(metrics.setSecretsSuspended);
  /** Told once, however often it is tried in vain. */
  const failing = new Set<SecretKey>();
  const warned = saidBefore(() => performance.now());
  /** Keys that are too old. */
  const overdue = new Map<SecretKey, ReadonlySet<string>>();

  function watched(key: SecretKey, needs: SecretReconcilerNeeds): SecretReconcilerNeeds {
    return {
      ...needs,
      readSecret: async (place) => {
        const held = await needs.readSecret(place);
        if (held === undefined) forget(key);
        else atWork.set(key, held);
        return held;
      },
      readRecord: async (place) => {
        const found = await needs.readRecord(place);
        unreadable.put(key, found.kind === 'unreadable');
        stopped.put(key, found.kind === 'read' && isStopped(found.record));
        return found;
      },
      writeRecord: async (place, record, version) => {
        const written = await needs.writeRecord(place, record, version);
        metrics.wrote('records');
        stopped.put(key, isStopped(record));
        return written;
      },
    };
  }

  function forget(key: SecretKey): void {
    for (const each of [stopped, unreadable, suspended, failing, warned]) each.delete(key);
    setOverdue(key, new Set());
  }

  function setOverdue(key: SecretKey, keys: ReadonlySet<string>): void {
    const before = overdue.get(key)?.size ?? 0;
    if (keys.size === 0) overdue.delete(key);
    else overdue.set(key, keys);
    if (before !== keys.size)
      metrics.setKeysOverdue([...overdue.values()].reduce((sum, { size }) => sum + size, 0));
  }

  async function step(key: SecretKey, needs: SecretReconcilerNeeds, act: Step): Promise<Outcome> {
    const begun = performance.now();
    let ended: ReconcileOutcome = 'error';
    try {
      const outcome = await act(watched(key, needs));
      ended = outcome.kind;
      failing.delete(key);
      return outcome;
    } catch (error) {
      ended = outcomeOf(error);
      if (ended === 'conflict') return { kind: 'requeue', after: CONFLICT_PAUSE };
      if (isEnding(error)) return { kind: 'done' };
      const held = atWork.get(key);
      if (held !== undefined && error instanceof LockstepError && TOLD.has(error.code)) {
        tell(held, {
          reason: 'ReconcileFailed',
          note: error.message,
          identity: error.message,
        });
      }
      throw error;
    } finally {
      atWork.delete(key);
      metrics.reconciled(ended, performance.now() - begun);
    }
  }

  function tell({ secret: { namespace, name }, uid }: Held, { reason, note, identity }: News): void {
    const key = keyOf({ namespace, name });
    const fields = { secret: key, reason, note };
    const isNormal = eventType(reason) === 'Normal';
    const said = isNormal ? 'news' : warned.say(key, `${reason} ${identity}`);
    if (said === undefined) return;
    if (isNormal) log.info('a Secret was changed', fields);
    else if (said === 'news') log.warn('reconcile needs manual action', fields);
    void event({ reason, note, identity, regarding: secretIn(namespace, name, uid) });
  }

  function tellRollout({ namespace, name }: Place, news: RolloutNews): void {
    const held = atWork.get(keyOf({ namespace, name }));
    const { version } = news;
    const said = sentenceOf(name, news);
    const workload = news.kind === 'finished' ? undefined : idOf(news.workload);
    const fields = { secret: `${namespace}/${name}`, version, workload, note: said.note };
    if (eventType(said.reason) === 'Warning') log.warn('a consumer is not brought to its Secret', fields);
    else log.info('consumers', fields);
    const identity = `${said.note} ${version}`;
    const { reason, note } = said;
    if (news.kind !== 'finished') {
      const about = { reason, note, identity, regarding: regardingOf(news.workload) };
      void event(about);
    }
    if (news.kind === 'stopped' || news.kind === 'finished') {
      metrics.rolledOut(news.kind === 'stopped' ? 'stopped' : 'complete');
      if (held !== undefined)
        void event({ reason, note, identity, regarding: secretIn(namespace, name, held.uid) });
    }
    if (news.kind === 'restarted') metrics.wrote('workloads');
  }

  function aged(held: Held, keys: readonly Overdue[]): void {
    setOverdue(keyOf(held.secret), new Set(keys.map(({ key }) => key)));
    for (const one of keys) tell(held, tooOld(one));
  }

  return {
    step,
    tell,
    aged,
    wrote: (_, { kind }) => {
      metrics.wrote('secrets');
      const reason = WRITE_REASONS[kind];
      if (reason !== undefined) metrics.wroteSecret(reason);
    },
    rollout: tellRollout,
    suspended: (key) => {
      suspended.put(key, true);
      const held = atWork.get(key);
      if (held !== undefined) tell(held, SUSPENDED);
    },
    freed: (key) => suspended.delete(key),
    failed: (key, error) => {
      if (failing.has(key)) return;
      failing.add(key);
      log.warn('reconcile failed, retrying', { secret: key, ...complaint(error) });
    },
    sweep: async (act) => {
      const begun = performance.now();
      await act();
      const milliseconds = performance.now() - begun;
      metrics.swept(new Date(), milliseconds);
      log.info('every Secret was looked at', { milliseconds: Math.round(milliseconds) });
    },
    sweepFailed: (error) => log.warn('not every Secret could be looked at', complaint(error)),
  };
}

/** Nobody waits for the consumers of a Secret that is gone. */
const isStopped = ({ gone, rollout }: SecretRecord): boolean =>
  gone === undefined && rollout?.stopped !== undefined;

/** What somebody has to mend, and is told of at the Secret. */
const TOLD: ReadonlySet<string> = new Set([
  'LOCKSTEP_SECRET_REFUSED',
  'LOCKSTEP_RECORD_REFUSED',
  'LOCKSTEP_RECORD_TOO_LARGE',
  'LOCKSTEP_WORKLOADS_FORBIDDEN',
]);

function outcomeOf(error: unknown): ReconcileOutcome {
  if (!(error instanceof LockstepError)) return 'error';
  if (error.code === 'LOCKSTEP_CLUSTER_CONFLICT') return 'conflict';
  return TOLD.has(error.code) ? 'forbidden' : 'error';
}

/** In a namespace that is being deleted nothing can be made any more; whoever has lost the lead leaves the rest to the next leader. */
const isEnding = (error: unknown): boolean =>
  error instanceof LockstepError &&
  (error.code === 'LOCKSTEP_LEADERSHIP_LOST' || error.code === 'LOCKSTEP_NAMESPACE_TERMINATING');
