import type { Audited } from '../../engine/audit/audit.ts';
import { auditStored } from '../../engine/audit/stored.ts';
import { isLetGo, letGoAt } from '../../engine/credential/change/finalizer-timeout.ts';
import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import { notReady } from '../../engine/credential/status/conditions.ts';
import { asLogin, type Mandate, mandateOver } from '../../engine/permissions/permissions.ts';
import { isExempt } from '../../engine/policy/match.ts';
import type { PolicySet } from '../../engine/policy/set.ts';
import { withInStep } from '../../engine/reconcile/drift.ts';
import { type NextWrite, nextWrite } from '../../engine/reconcile/next-write.ts';
import { brought } from '../../engine/record/advance-rotations.ts';
import { beginRecord, ofSecret, type Rollout, type SecretRecord } from '../../engine/record/record.ts';
import { settled } from '../../engine/record/record-observation.ts';
import { type Overdue, overdueKeys } from '../../engine/rotation/overdue.ts';
import { changeLeft } from '../credential/events.ts';
import { barrierTo, gatherScene, unready } from '../credential/gather.ts';
import { bringLogin, type LoginNeeds, type Turn } from '../credential/reconciler.ts';
import { leftNews, unreadableNews } from '../record/events.ts';
import type { Held, Place } from '../record/observed-secret.ts';
import { type FoundRecord, openBook, type RecordBook } from '../record/record-session.ts';
import { keepingOf, writeSecret } from '../record/write-ahead.ts';
import { type GoneSecretNeeds, keepAfterwards } from './deleted-secret.ts';
import { keepSibling, type SiblingNeeds, siblingIsGone } from './derived-secret.ts';

/** What is done with a Secret, and by whom. Each function rejects with a LockstepError: CLUSTER_CONFLICT where it is no longer what was read. */
export interface SecretReconcilerNeeds extends SiblingNeeds, GoneSecretNeeds, LoginNeeds {
  /** That means this Secret, and can be worked by. */
  readonly credentialOf: (place: Place) => PostgresCredential | undefined;
  /** That did so until it was deleted. */
  readonly formerCredentialOf: (place: Place) => PostgresCredential | undefined;
  readonly readRecord: (place: Place) => Promise<FoundRecord>;
  /** One step; `rollout` is undefined when all consumers are through. `after`: look again then, `timeout`: what one may take; in milliseconds. */
  readonly advance: (
    place: Place,
    rollout: Rollout,
    timeout?: number,
  ) => Promise<{ readonly rollout: Rollout | undefined; readonly after: number | undefined }>;
  /** The highest version that a consumer still bears; 0 where none does. */
  readonly highestVersion: (place: Place) => Promise<number>;
  readonly policies: () => PolicySet;
  /** Resolves when others in this process have had their turn. A pass over a large Secret takes long, and there are several of them. */
  readonly turn: () => Promise<unknown>;
  /** Undefined where nobody has told them. */
  readonly labelsOf: (namespace: string) => ReadonlyMap<string, string> | undefined;
  readonly observe: (audited: Audited, held: Held) => void;
  readonly forget: (place: Place) => void;
  /** These keys are older than a policy allows; none, mostly. */
  readonly aged: (held: Held, overdue: readonly Overdue[]) => void;
}

/** Done until something changes, or to be looked at again after so many milliseconds. */
export type Outcome = { readonly kind: 'done' } | { readonly kind: 'requeue'; readonly after: number };

const DONE: Outcome = { kind: 'done' };
const AT_ONCE: Outcome = { kind: 'requeue', after: 0 };

/**
 * One step of one Secret towards what its policies describe: at most one change of its values, or one of a consumer. Gathers what there is, has the engine
 * decide, and acts; whoever takes over after a crash finds in the record what was begun.
 *
 *     record: pending ── Secret: written ── record: settled, rollout opened ── consumer, consumer, … ── rollout closed
 */
export async function reconcileSecret(place: Place, needs: SecretReconcilerNeeds): Promise<Outcome> {
  const [held, found] = await Promise.all([needs.readSecret(place), needs.readRecord(place)]);
  const live = needs.credentialOf(place);
  const credential = live ?? whileItChanges(found, needs.formerCredentialOf(place), needs);
  if (isLeft(credential, held, found, needs)) await leave(place, held, found, needs);
  // Those that are being deleted have nothing to wait for: this one goes on with the change.
  else if (live !== undefined) await needs.release(place, live);
  if (held === undefined) {
    siblingIsGone(place, needs);
    needs.forget(place);
    if (credential !== undefined) needs.report(credential, notReady(credential, SECRET_MISSING));
    const after = await keepAfterwards(place, found, needs);
    return soonest(after === undefined ? [] : [after]);
  }
  const { secret } = held;
  const namespaceLabels = needs.labelsOf(place.namespace);
  const policies = needs.policies();
  const ofPolicies = mandateOver(secret, namespaceLabels, policies, needs.around);
  // If the operator lets lockstep change nothing, a login is a Secret like any other.
  const worked = needs.around.maxAction === 'Enforce' ? credential : undefined;
  const isLogin = worked !== undefined && !isExempt(ofPolicies.request, needs.around.ownNamespace);
  const mandate = isLogin ? asLogin(ofPolicies, worked.spec.consumers) : ofPolicies;
  const record = found.kind === 'read' ? found.record : undefined;
  await needs.turn();
  needs.observe(auditStored(mandate, needs.around, recordNow(record, held, mandate, needs)), held);
  await needs.turn();
  needs.aged(held, overdueKeys(mandate, record ?? unrecorded(held), needs.around.now()));
  const barrier = barrierTo(mandate, found, needs);
  if (credential !== undefined && barrier !== undefined)
    needs.report(credential, notReady(credential, barrier));
  // Where nobody is to notice anything, all is told and nothing is done.
  if (needs.around.maxAction === 'Audit') return DONE;
  await keepSibling(held, mandate, needs);
  if (!mandate.isManaged) return forgetInStep(place, found, needs);
  if (found.kind === 'unreadable') {
    needs.tell(held, unreadableNews(found.reason));
    return DONE;
  }
  const { history } = worked?.spec ?? needs;
  return carryOn(place, held, mandate, worked, found, { ...needs, history });
}

/** The record as it will be once what the Secret holds now is in it: drift shows only there. */
function recordNow(
  record: SecretRecord | undefined,
  { secret, uid, written, resourceVersion }: Held,
  mandate: Mandate,
  needs: SecretReconcilerNeeds,
): SecretRecord | undefined {
  if (record === undefined || !mandate.heals) return record;
  const found = { ...written, why: { kind: 'changed' }, resourceVersion } as const;
  return settled(ofSecret(record, uid), secret.data, found, keepingOf(mandate, needs));
}

/** A change while no policy asks for anything is no drift, also when one asks later. */
async function forgetInStep(
  place: Place,
  found: FoundRecord,
  needs: SecretReconcilerNeeds,
): Promise<Outcome> {
  if (found.kind === 'read' && found.record.inStep.size > 0)
    await needs.writeRecord(place, { ...found.record, inStep: new Map() }, found.resourceVersion);
  return DONE;
}

/** Nothing goes on here by a PostgresCredential, or one that is being deleted has waited for long enough: the finalizer would be there for ever. */
function isLeft(
  credential: PostgresCredential | undefined,
  held: Held | undefined,
  found: FoundRecord,
  { deletedAt, around }: SecretReconcilerNeeds,
): boolean {
  if (credential === undefined || held === undefined || found.kind === 'unreadable') return true;
  return around.maxAction !== 'Enforce' || isLetGo(deletedAt(credential), around.now());
}

async function leave(
  place: Place,
  held: Held | undefined,
  found: FoundRecord,
  needs: SecretReconcilerNeeds,
): Promise<void> {
  const change = found.kind === 'read' ? found.record.login?.change : undefined;
  const hasGone = await needs.release(place);
  if (hasGone && held !== undefined && change !== undefined) needs.tell(held, changeLeft(change));
}

/** Whoever deletes a PostgresCredential does not mean half a change to stay. */
const whileItChanges = (
  found: FoundRecord,
  former: PostgresCredential | undefined,
  { isHeld }: SecretReconcilerNeeds,
): PostgresCredential | undefined => {
  if (former === undefined || found.kind !== 'read') return undefined;
  // While the finalizer is there, the login is looked at once more: an edit may have ended the change.
  return found.record.login?.change !== undefined || isHeld(former) ? former : undefined;
};

/** One step of a Secret that lockstep has to do with. */
async function carryOn(
  place: Place,
  held: Held,
  mandate: Mandate,
  credential: PostgresCredential | undefined,
  found: Exclude<FoundRecord, { kind: 'unreadable' }>,
  needs: SecretReconcilerNeeds,
): Promise<Outcome> {
  const book = await settle(place, held, found, mandate, needs);
  const turn = credential === undefined ? FREE : await loginTurn(credential, held, mandate, book, needs);
  if (turn.after === 0) return AT_ONCE;
  if (book.record().login?.change === undefined) await needs.release(place);
  await needs.turn();
  const next = turn.mayWrite ? nextWrite(mandate, book.record(), needs.around, needs) : NOTHING;
  const isContested = next.kind === 'write' && next.why.kind === 'healed' && !needs.mayWrite(place);
  if (next.kind === 'write' && !isContested) return write(held, book, next, mandate, needs);
  if (next.kind === 'none') for (const obstacle of next.obstacles) needs.tell(held, leftNews(obstacle));
  const due = next.kind === 'none' ? dueIn(next.again, needs) : [CONTESTED];
  const dues = turn.after === undefined ? due : [...due, turn.after];
  if (!turn.mayBring) return soonest(dues);
  return await bringConsumers(
    place,
    book,
    mandate,
    { dues, timeout: credential?.spec.consumers.timeout },
    needs,
  );
}

const SECRET_MISSING = unready('SecretNotFound', 'there is no such Secret');

/** Of a Secret that is no login. */
const FREE: Turn = { mayWrite: true, mayBring: true, after: undefined };
/** Nothing tells when the Secret of the administrator or of the CA is there again; each look reads both. Milliseconds. */
const LOOK = 30_000;
/** A URL that is behind may be all that keeps the server from being found. */
const HALVED: Turn = { mayWrite: true, mayBring: false, after: LOOK };
const NOTHING: NextWrite = { kind: 'none', again: undefined, obstacles: [] };

/** Where its PostgresCredential can't be worked by, the Secret is one like any other; but with half a change nobody is to be restarted for it. */
async function loginTurn(
  credential: PostgresCredential,
  held: Held,
  mandate: Mandate,
  book: RecordBook,
  needs: SecretReconcilerNeeds,
): Promise<Turn> {
  const scene = await gatherScene(credential, held, mandate, book, needs);
  if (!('type' in scene)) return await bringLogin(scene, needs);
  const change = book.record().login?.change;
  const deletedAt = needs.deletedAt(credential);
  const half = change && { change, letGo: deletedAt && letGoAt(deletedAt) };
  needs.report(credential, notReady(credential, scene, half));
  return change === undefined ? FREE : HALVED;
}

/** All that is known of a Secret without a record is when it was last written: none of its keys is younger than that. */
const unrecorded = ({ secret: { data }, written: { time } }: Held): Pick<SecretRecord, 'changed'> => ({
  changed: new Map([...data.keys()].map((key) => [key, time])),
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
  const now = settled(
    known,
    secret.data,
    { ...written, why: { kind: 'changed' }, resourceVersion },
    keepingOf(mandate, needs),
  );
  await book.save(withInStep(now, mandate));
  return book;
}

async function write(
  held: Held,
  book: RecordBook,
  next: Extract<NextWrite, { kind: 'write' }>,
  mandate: Mandate,
  needs: SecretReconcilerNeeds,
): Promise<Outcome> {
  await writeSecret(held, book, next, mandate, needs);
  return AT_ONCE;
}

/** As long as a Secret is left alone that somebody writes against: see hot-loop.ts. Milliseconds. */
const CONTESTED = 60 * 60 * 1000;

const ENDED = { rollout: undefined, after: undefined };

async function bringConsumers(
  place: Place,
  book: RecordBook,
  { restarts }: Mandate,
  { dues, timeout }: { readonly dues: readonly number[]; readonly timeout: number | undefined },
  needs: SecretReconcilerNeeds,
): Promise<Outcome> {
  const { rollout } = book.record();
  if (rollout === undefined) return soonest(dues);
  // A policy that says no longer restart ends it: it would else count as stopped without end.
  const step = restarts ? await needs.advance(place, rollout, timeout) : ENDED;
  if (step.rollout !== rollout) await book.save(brought(book.record(), step.rollout, needs.around.now()));
  if (step.rollout === undefined) return AT_ONCE;
  // The change of a login goes back then, and does not wait for what may heal by itself.
  const hasStopped = rollout.stopped === undefined && step.rollout.stopped !== undefined;
  if (hasStopped && book.record().login?.change !== undefined) return AT_ONCE;
  return soonest([...dues, ...(step.after === undefined ? [] : [step.after])]);
}

function dueIn(time: Date | undefined, { around }: SecretReconcilerNeeds): readonly number[] {
  return time === undefined ? [] : [Math.max(0, time.getTime() - around.now().getTime())];
}

const soonest = (due: readonly number[]): Outcome =>
  due.length === 0 ? DONE : { kind: 'requeue', after: Math.min(...due) };
