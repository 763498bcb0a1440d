import { twoWriters } from '../../review/rules/record-rules.ts';
import type { KeyChanges, RecordFault } from './record-fault.ts';
import { pageOf, writerText } from './writer-text.ts';

const AN_HOUR_MS = 60 * 60 * 1000;
/** Then the two have taken turns, and it was no single correction. */
const TURNS_OF_EACH = 2;

/** The two writers who set the key in turn. Undefined if they have done so at most three times within an hour. */
export function writersInTurn(changes: KeyChanges, now: Date): readonly [string, string] | undefined {
  const writers = changes
    .filter(({ time }) => now.getTime() - time.getTime() < AN_HOUR_MS)
    .map(({ by }) => by);
  const turns = writers.filter((by, index) => by !== writers[index - 1]);
  const [first, second] = [...Map.groupBy(turns, (by) => by)]
    .filter(([, { length }]) => length >= TURNS_OF_EACH)
    .map(([by]) => by)
    .sort();
  return first === undefined || second === undefined ? undefined : [first, second];
}

/** `others` is the number of other keys about which writers disagree. The Secret has one such finding. */
export function twoWritersFault(writers: readonly [string, string], others: number): RecordFault {
  const [first, second] = writers.map(writerText);
  return {
    rule: twoWriters.id,
    message: `was changed more than three times within an hour, by ${first} and ${second} in turn${others === 0 ? '' : ', and so were other keys'}`,
    fix: `leave the key to one of them, and remove it from the source of the other: ${pageOf(writers)}`,
  };
}
