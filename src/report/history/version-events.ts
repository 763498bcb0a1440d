import type { SecretRecord } from '../../engine/record/record.ts';
import { whyText } from './history-text.ts';

/** New versions between two readings of a record, one line each. */
export const versionEvents = (
  { versions: before }: Pick<SecretRecord, 'versions'>,
  { versions }: Pick<SecretRecord, 'versions'>,
): readonly string[] =>
  versions
    .filter(({ number }) => number > (before.at(-1)?.number ?? 0))
    .map(({ number, why, keys, by }) => `version ${number}, by ${by}: ${whyText(why)} (${keys.join(', ')})`);
