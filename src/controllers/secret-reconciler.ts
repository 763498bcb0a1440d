import type { Audited } from '../engine/audit.ts';
import { auditStored } from '../engine/audit-stored.ts';
import type { Surroundings } from '../engine/decision.ts';
import { type Mandate, mandateOver } from '../engine/mandate.ts';
import { type NextWrite, nextWrite } from '../engine/next-write.ts';
import { type Overdue, overdueKeys } from '../engine/overdue.ts';
import type { PolicySet } from '../engine/policy-set.ts';
import {
  beginRecord,
  holdSame,
  type Keeping,
  ofSecret,
  prepared,
  type Rollout,
  type SecretRecord,
  type Values,
  withdrawn,
} from '../engine/record.ts';
import { brought } from '../engine/rotations-after.ts';
import type { Sensitive } from '../engine/sensitive.ts';
import { settled } from '../engine/settled.ts';
import { LockstepError } from '../errors.ts';
import { type GoneSecretNeeds, keepAfterwards } from './gone-secret.ts';
import type { Held, Place } from './held-secret.ts';
import { leftNews, unreadableNews, writtenNews } from './reconcile-news.ts';
import { type FoundRecord, openBook, type RecordBook } from './record-book.ts';
import { keepSibling, type SiblingNeeds, siblingIsGone } from './sibling-keeper.ts';

export interface Edit {
  readonly set: ReadonlyMap<string, Sensitive>;
  readonly remove: readonly string[];
}

/** What is done with a Secret, and by whom. Each function rejects with a LockstepError: CLUSTER_CONFLICT where it is no longer what was read. */
export interface SecretReconcilerNeeds extends SiblingNeeds, GoneSecretNeeds {
  readonly around: Surroundings;
  readonly patchSecret: (held: Held, edit: Edit) => Promise<Held>;
  readonly readRecord: (place: Place) => Promise<FoundRecord>;
  /** One step; `rollout` is undefined when all consumers are through. `after`: look again then, in milliseconds. */
  readonly advance: (
    place: Place,
    rollout: Rollout,
  ) => Promise<{ readonly rollout: Rollout | undefined; readonly after: number | undefined }>;
  /** The highest version that a consumer still bears; 0 where none does. */
  readonly highestVersion: (place: Place) => Promise<number>;
  /** How many versions of a Secret are kept. */
  readonly history: number;
  /** How long a changed Secret may take to reach the volumes that hold it. Milliseconds. */
  readonly propagation: number;
  /** The name that its writes bear. */
  readonly manager: string;
  readonly policies: () => PolicySet;
  /** Undefined where nobody has told them. */
  readonly labelsOf: (namespace: string) => ReadonlyMap<string, string> | undefined;
  readonly observe: (audited: Audited, held: Held) => void;
  readonly forget: (place: Place) => void;
  /** These keys are older than a policy allows; none, mostly. */
  readonly aged: (held: Held, overdue: readonly Overdue[]) => void;
}

/** Done until something changes, or to be looked at again after so many milliseconds. */
export type Outcome = { readonly kind: 'done' } | { readonly kind: 'again'; readonly after: number };

const DONE: Outcome = { kind: 'done' };
const AT_ONCE: Outcome = { kind: 'again', after: 0 };

/**
 * One step of one Secret towards what its policies describe: at most one change of its values, or one of a consumer. Gathers what there is, has the engine
 * decide, and acts; whoever takes over after a crash finds in the record what was begun.
 *
 *     record: pending ── Secret: written ── record: settled, rollout opened ── consumer, consumer, … ── rollout closed
 */
export async function reconcileSecret(place: Place, needs: SecretReconcilerNeeds): Promise<Outcome> {
  const [held, found] = await Promise.all([needs.readSecret(place), needs.readRecord(place)]);
  if (held === undefined) {
    siblingIsGone(place, needs);
    needs.forget(place);
    const after = await keepAfterwards(place, found, needs);
    return soonest(after === undefined ? [] : [after]);
  }
  const { secret } = held;
  const namespaceLabels = needs.labelsOf(place.namespace);
  const policies = needs.policies();
  const mandate = mandateOver(secret, namespaceLabels, policies, needs.around.ownNamespace);
  needs.observe(auditStored(mandate, needs.around), held);
  const record = found.kind === 'read' ? found.record : undefined;
  needs.aged(held, overdueKeys(mandate, record ?? unrecorded(held), needs.around.now()));
  // Where nobody is to notice anything, all is told and nothing is done.
  if (needs.around.strictest === 'Audit') return DONE;
  await keepSibling(held, mandate, needs);
  if (!mandate.isManaged) return DONE;
  if (found.kind === 'unreadable') {
    needs.tell(held, unreadableNews(found.reason));
    return DONE;
  }
  const book = await settle(place, held, found, mandate, needs);
  const next = nextWrite(mandate, book.record(), needs.around, needs);
  const isContested = next.kind === 'write' && next.why.kind === 'healed' && !needs.mayWrite(place);
  if (next.kind === 'write' && !isContested) return write(held, book, next, mandate, needs);
  if (next.kind === 'none') for (const obstacle of next.obstacles) needs.tell(held, leftNews(obstacle));
  return await bringConsumers(place, book, mandate, next, needs);
}

/** All that is known of a Secret without a record is when it was last written: none of its keys is younger than that. */
const unrecorded = ({ secret: { data }, written: { time } }: Held): Pick<SecretRecord, 'changed'> => ({
  changed: new Map([...data.keys()].map((key) => [key, time])),
});

const keeping = (mandate: Mandate, { history }: SecretReconcilerNeeds): Keeping => ({
  history,
  restarts: mandate.restarts,
});

/** The record as it is once what the Secret holds now is in it. */
async function settle(
  place: Place,
  held: Held,
  found: Exclude<FoundRecord, { kind: 'unreadable' }>,
  mandate: Mandate,
  needs: SecretReconcilerNeeds,
): Promise<RecordBook> {
  const { secret, uid, written, resourceVersion } = held;
  const mayBearOne = found.kind === 'absent' && mandate.restarts;
  const after = mayBearOne ? await needs.highestVersion(place) : 0;
  const begun = beginRecord(uid, secret.data, { ...written, why: { kind: 'seen' } }, after);
  const book = openBook(begun, found, (record, version) => needs.writeRecord(place, record, version));
  const known = ofSecret(book.record(), uid);
  await book.save(
    settled(
      known,
      secret.data,
      { ...written, why: { kind: 'changed' }, resourceVersion },
      keeping(mandate, needs),
    ),
  );
  return book;
}

async function write(
  held: Held,
  book: RecordBook,
  next: Extract<NextWrite, { kind: 'write' }>,
  mandate: Mandate,
  needs: SecretReconcilerNeeds,
): Promise<Outcome> {
  const { data, why, by = needs.manager, note } = next;
  if (next.record.pending?.data !== data)
    await book.save(prepared(next.record, data, { time: needs.around.now(), by, why }, held.resourceVersion));
  const after = await needs.patchSecret(held, editBetween(held.secret.data, data)).catch(async (error) => {
    if (await isUnwritten(error, data, held, needs)) await book.save(withdrawn(book.record()));
    throw error;
  });
  await book.save(
    settled(
      book.record(),
      after.secret.data,
      { ...after.written, why: { kind: 'changed' } },
      keeping(mandate, needs),
    ),
  );
  needs.wrote({ namespace: held.secret.namespace, name: held.secret.name }, why);
  const { number } = book.record().versions.at(-1) ?? { number: 0 };
  needs.tell(after, writtenNews(why, note, number));
  return AT_ONCE;
}

/** Of a call that got no answer nobody knows; and whoever was first may have been one that led before, with the very same. */
async function isUnwritten(
  error: unknown,
  data: Values,
  { secret }: Held,
  { readSecret }: SecretReconcilerNeeds,
): Promise<boolean> {
  if (!(error instanceof LockstepError)) return false;
  if (error.code !== 'LOCKSTEP_CLUSTER_CONFLICT') return error.code === 'LOCKSTEP_SECRET_REFUSED';
  return !holdSame((await readSecret(secret))?.secret.data, data);
}

function editBetween(before: Values, after: Values): Edit {
  const set = new Map([...after].filter(([key, value]) => !value.equals(before.get(key))));
  return { set, remove: [...before.keys()].filter((key) => !after.has(key)) };
}

/** As long as a Secret is left alone that somebody writes against: see hot-loop.ts. Milliseconds. */
const CONTESTED = 60 * 60 * 1000;

const ENDED = { rollout: undefined, after: undefined };

async function bringConsumers(
  place: Place,
  book: RecordBook,
  { restarts }: Mandate,
  next: NextWrite,
  needs: SecretReconcilerNeeds,
): Promise<Outcome> {
  const { rollout } = book.record();
  const due = next.kind === 'none' ? dueIn(next.again, needs) : [CONTESTED];
  if (rollout === undefined) return soonest(due);
  // A policy that says no longer restart ends it: it would else count as stopped without end.
  const step = restarts ? await needs.advance(place, rollout) : ENDED;
  if (step.rollout !== rollout) await book.save(brought(book.record(), step.rollout, needs.around.now()));
  if (step.rollout === undefined) return AT_ONCE;
  return soonest([...due, ...(step.after === undefined ? [] : [step.after])]);
}

function dueIn(time: Date | undefined, { around }: SecretReconcilerNeeds): readonly number[] {
  return time === undefined ? [] : [Math.max(0, time.getTime() - around.now().getTime())];
}

const soonest = (due: readonly number[]): Outcome =>
  due.length === 0 ? DONE : { kind: 'again', after: Math.min(...due) };
