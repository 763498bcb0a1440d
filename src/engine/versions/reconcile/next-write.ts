import { withinBudget } from '../../review/evaluation/budget.ts';
import type { Change, EngineContext } from '../../review/evaluation/decision.ts';
import { Baseline, newDenialsFor } from '../../review/own-writes/new-denials.ts';
import type { Permissions } from '../../review/own-writes/permissions.ts';
import { type KeyEdit, previousValueKeys } from '../../review/own-writes/with-derived.ts';
import { isForced } from '../../secret/record/forced.ts';
import {
  type ChangeReason,
  hasSameData,
  type OwnChangeReason,
  type SecretData,
  type SecretRecord,
  WRITE_TIMEOUT_MS,
} from '../../secret/record/record.ts';
import type { Obstacle } from '../key-rotation/rotatable.ts';
import { nextRotationStep } from '../key-rotation/rotation.ts';
import { type Completion, planCompletion } from './complete.ts';
import { healingChanges } from './repair.ts';

/** The next write to a Secret, if there is one. */
export type NextWrite =
  | NextSecretWrite
  /** There is nothing to do, at least until that time. */
  | {
      readonly kind: 'none';
      readonly requeueAt: Date | undefined;
      /** Keys that are due for a value, with the reason why they get none. */
      readonly obstacles: readonly Obstacle[];
    };

export interface NextSecretWrite {
  readonly kind: 'write';
  readonly data: SecretData;
  readonly why: OwnChangeReason;
  /** The user who decided it. Undefined for lockstep itself. */
  readonly by: string | undefined;
  /** The text for people, with names only. */
  readonly note: string;
  /** The record to store before the Secret is written. */
  readonly record: SecretRecord;
}

export interface ReconcileTiming {
  /** The time that a changed Secret may take to reach the volumes that hold it, in milliseconds. */
  readonly propagation: number;
}

/**
 * One step towards the state that the policies describe. The order is: pending writes, missing keys, derived keys, keys
 * that are due for a new value. Each step is one version, so that each can be rolled back. If the Secret exceeds the
 * budget of validation, there is no step.
 */
export function nextWrite(
  permissions: Permissions,
  record: SecretRecord,
  context: EngineContext,
  { propagation }: ReconcileTiming,
): NextWrite {
  if (!permissions.mayWrite) return { kind: 'none', requeueAt: undefined, obstacles: [] };
  const baseline = new Baseline(permissions);
  return withinBudget(
    permissions.request.secret,
    context,
    (budgeted) => {
      const pendingWrite = finishPending(permissions, record, budgeted, baseline);
      if (pendingWrite !== undefined) return pendingWrite;
      const waitUntil = pendingUntil(record, context.now());
      if (waitUntil !== undefined || (isForced(record) && record.requestedKeys.length === 0))
        return { kind: 'none', requeueAt: waitUntil, obstacles: [] };
      const missing = planCompletion(permissions, record, budgeted, baseline);
      return (
        completionWrite(permissions, record, missing) ??
        healWrite(permissions, record, budgeted, baseline) ??
        rotationWrite(permissions, record, budgeted, baseline, propagation, missing.obstacles)
      );
    },
    () => ({ kind: 'none', requeueAt: undefined, obstacles: [] }),
  );
}

/**
 * Completes the pending write if the policies allow it. This check is necessary: no webhook sees lockstep's own writes,
 * and other users may write the record. A forced version that the policies deny is left to the command that started it.
 */
function finishPending(
  permissions: Permissions,
  record: SecretRecord,
  context: EngineContext,
  baseline: Baseline,
): NextWrite | undefined {
  const { pending } = record;
  if (pending?.data === undefined) return undefined;
  const { data, why, by, keys } = pending;
  if (!isAllowed(why, permissions)) return undefined;
  const exemptKeys = previousValueKeys(permissions);
  if (newDenialsFor(permissions, data, exemptKeys, context, baseline).length > 0) return undefined;
  return { kind: 'write', data, why, by, record, note: `${keys.join(', ')}: what was begun is finished` };
}

/** Until that time, the command that started a rollback may still write it. */
function pendingUntil({ pending }: SecretRecord, now: Date): Date | undefined {
  if (pending?.why.kind !== 'rolled-back') return undefined;
  const until = new Date(pending.time.getTime() + WRITE_TIMEOUT_MS);
  return now < until ? until : undefined;
}

function isAllowed(why: ChangeReason, { mayGenerate, mayWrite }: Permissions): why is OwnChangeReason {
  switch (why.kind) {
    case 'generated':
    case 'rotated':
      return mayGenerate;
    case 'rolled-back':
      return mayWrite;
    // lockstep computes it again, so that a record which a user has edited decides nothing.
    case 'healed':
    // The database must be asked first.
    case 'login':
    case 'seen':
    case 'changed':
      return false;
  }
}

function completionWrite(
  permissions: Permissions,
  record: SecretRecord,
  { edit, note }: Completion,
): NextWrite | undefined {
  return edit && writeOf(permissions, edit, { why: { kind: 'generated' }, note, record });
}

function healWrite(
  permissions: Permissions,
  record: SecretRecord,
  context: EngineContext,
  baseline: Baseline,
): NextWrite | undefined {
  const changes = healingChanges(permissions, record, context, baseline);
  if (changes.length === 0) return undefined;
  const set = new Map(changes.map(({ key, value }) => [key, value] as const));
  const note = changes.map(noteOf).join('; ');
  const next = writeOf(permissions, { set, remove: [] }, { why: { kind: 'healed' }, note, record });
  const { pending } = record;
  const isStaged = pending?.why.kind === 'healed' && hasSameData(pending.data, next.data);
  return isStaged && pending.data !== undefined ? { ...next, data: pending.data } : next;
}

const noteOf = ({ key, warning }: Change): string => `${key}: ${warning ?? 'is derived'}`;

function rotationWrite(
  permissions: Permissions,
  record: SecretRecord,
  context: EngineContext,
  baseline: Baseline,
  propagation: number,
  completionObstacles: readonly Obstacle[],
): NextWrite {
  const current = { ...record, pending: undefined };
  const move = nextRotationStep(permissions, current, context, propagation, baseline);
  return move.kind === 'none'
    ? { ...move, obstacles: [...completionObstacles, ...move.obstacles] }
    : writeOf(permissions, move, move);
}

function writeOf(
  { request }: Permissions,
  { set, remove }: KeyEdit,
  rest: Pick<NextSecretWrite, 'why' | 'note' | 'record'>,
): NextSecretWrite {
  const data = new Map([...request.secret.data, ...set]);
  for (const key of remove) data.delete(key);
  const { why, note, record } = rest;
  return { kind: 'write', data, why, by: undefined, note, record };
}
