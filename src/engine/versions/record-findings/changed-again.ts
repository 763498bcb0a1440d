import type { ManagedKey } from '../../review/evaluation/evaluation.ts';
import type { Permissions } from '../../review/own-writes/permissions.ts';
import { changedAgain } from '../../review/rules/record-rules.ts';
import { isOwned, placeOfFix } from '../../secret/owners.ts';
import { isOwnWriter } from '../../secret/record/writers.ts';
import type { KeyChanges, RecordFault } from './record-fault.ts';
import { writerText } from './writer-text.ts';

/** A person who corrects a typing error changes a value twice. */
const OFTEN = 3;

/** One writer has changed the key too often. */
export function changedAgainFault(
  { request: { secret } }: Permissions,
  { entry }: ManagedKey,
  changes: KeyChanges,
): RecordFault | undefined {
  // Then each change had the consent of its writer.
  if (entry.onChange !== 'Accept') return undefined;
  // A policy keeps no value over a deletion.
  const updates = changes.filter(({ recreated }) => recreated !== true);
  const writers = Map.groupBy(updates, ({ by }) => by);
  const often = [...writers].find(([by, made]) => made.length >= OFTEN && isForeign(by));
  if (often === undefined) return undefined;
  const [by] = often;
  return {
    rule: changedAgain.id,
    message: `was changed three times within a week by ${writerText(by)}`,
    fix: isOwned(secret)
      ? `keep one value${placeOfFix(secret)}`
      : 'set onChange: Keep on this key in a policy, and the Secret keeps its value',
  };
}

const isForeign = (by: string): boolean => by !== 'unknown' && !isOwnWriter(by);
