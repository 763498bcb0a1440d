import { withinBudget } from '../evaluation/budget.ts';
import type { Change, Surroundings } from '../evaluation/decision.ts';
import type { Mandate } from '../permissions/permissions.ts';
import { denialsOf, type KeyEdit, kept } from '../permissions/with-derived.ts';
import { isForced } from '../record/forced.ts';
import { BEGUN, holdSame, type OwnWhy, type SecretRecord, type Values, type Why } from '../record/record.ts';
import type { Obstacle } from '../rotation/rotatable.ts';
import { rotationStep } from '../rotation/rotation.ts';
import { type Completion, completion } from './complete.ts';
import { healing } from './repair.ts';

/** What a Secret is to hold next. */
export type NextWrite =
  | Write
  /** Nothing is to be done, until that time at least. */
  | {
      readonly kind: 'none';
      readonly again: Date | undefined;
      /** Keys that are due for a value, and why they get none. */
      readonly obstacles: readonly Obstacle[];
    };

export interface Write {
  readonly kind: 'write';
  readonly data: Values;
  readonly why: OwnWhy;
  /** Who decided it; undefined for lockstep itself. */
  readonly by: string | undefined;
  /** What to say of it; names only. */
  readonly note: string;
  /** As it is to be kept before the Secret is written. */
  readonly record: SecretRecord;
}

/** What the operator has configured. */
export interface Pace {
  /** How long a changed Secret may take to reach the volumes that hold it. Milliseconds. */
  readonly propagation: number;
}

/**
 * One step towards what the policies describe: what somebody has begun and not finished, then keys that are lacking, then derived keys, then keys that are
 * due for a new value. One at a time, because each is a version that can be gone back to. Nothing, where the Secret is too large to judge.
 */
export function nextWrite(
  mandate: Mandate,
  record: SecretRecord,
  around: Surroundings,
  { propagation }: Pace,
): NextWrite {
  if (!mandate.writes) return { kind: 'none', again: undefined, obstacles: [] };
  return withinBudget(
    mandate.request.secret,
    around,
    (metered) => {
      const begun = unfinished(mandate, record, metered);
      if (begun !== undefined) return begun;
      const busy = busyUntil(record, around.now());
      if (busy !== undefined || (isForced(record) && record.asked.length === 0))
        return { kind: 'none', again: busy, obstacles: [] };
      const made = completion(mandate, record, metered);
      return (
        completed(mandate, record, made) ??
        healed(mandate, record, metered) ??
        rotated(mandate, record, metered, propagation, made.obstacles)
      );
    },
    () => ({ kind: 'none', again: undefined, obstacles: [] }),
  );
}

/**
 * Unless the policies do not allow it, now or ever: lockstep's own writes meet no webhook, and a record is a Secret that others may write. What somebody had
 * denied and has forced is theirs to finish.
 */
function unfinished(mandate: Mandate, record: SecretRecord, around: Surroundings): NextWrite | undefined {
  const { pending } = record;
  if (pending?.data === undefined) return undefined;
  const { data, why, by, keys } = pending;
  if (!isAllowed(why, mandate)) return undefined;
  if (denialsOf(mandate, data, kept(mandate), around).length > 0) return undefined;
  return { kind: 'write', data, why, by, record, note: `${keys.join(', ')}: what was begun is finished` };
}

/** Until then a command that began a rollback, and is not finished here, may still write it. */
function busyUntil({ pending }: SecretRecord, now: Date): Date | undefined {
  if (pending?.why.kind !== 'rolled-back') return undefined;
  const until = new Date(pending.time.getTime() + BEGUN);
  return now < until ? until : undefined;
}

function isAllowed(why: Why, { generates, writes }: Mandate): why is OwnWhy {
  switch (why.kind) {
    case 'generated':
    case 'rotated':
      return generates;
    case 'rolled-back':
      return writes;
    // It is computed anew, so that a record that somebody has written decides nothing.
    case 'healed':
    // The database has to be asked first.
    case 'login':
    case 'seen':
    case 'changed':
      return false;
  }
}

function completed(
  mandate: Mandate,
  record: SecretRecord,
  { edit, note }: Completion,
): NextWrite | undefined {
  return edit && writeOf(mandate, edit, { why: { kind: 'generated' }, note, record });
}

function healed(mandate: Mandate, record: SecretRecord, around: Surroundings): NextWrite | undefined {
  const changes = healing(mandate, record, around);
  if (changes.length === 0) return undefined;
  const set = new Map(changes.map(({ key, value }) => [key, value] as const));
  const note = changes.map(noteOf).join('; ');
  const next = writeOf(mandate, { set, remove: [] }, { why: { kind: 'healed' }, note, record });
  const { pending } = record;
  const isPrepared = pending?.why.kind === 'healed' && holdSame(pending.data, next.data);
  return isPrepared && pending.data !== undefined ? { ...next, data: pending.data } : next;
}

const noteOf = ({ key, warning }: Change): string => `${key}: ${warning ?? 'was missing, and was derived'}`;

function rotated(
  mandate: Mandate,
  record: SecretRecord,
  around: Surroundings,
  propagation: number,
  lacking: readonly Obstacle[],
): NextWrite {
  const move = rotationStep(mandate, { ...record, pending: undefined }, around, propagation);
  return move.kind === 'none'
    ? { ...move, obstacles: [...lacking, ...move.obstacles] }
    : writeOf(mandate, move, move);
}

function writeOf(
  { request }: Mandate,
  { set, remove }: KeyEdit,
  rest: Pick<Write, 'why' | 'note' | 'record'>,
): Write {
  const data = new Map([...request.secret.data, ...set]);
  for (const key of remove) data.delete(key);
  const { why, note, record } = rest;
  return { kind: 'write', data, why, by: undefined, note, record };
}
