import { latest, type RolledBack, type SecretRecord, type Why } from './record.ts';

/**
 * The Secret holds what somebody forced: an earlier version that policies deny or correct. lockstep does not heal, complete or rotate it by itself until its data
 * changes again: then there is a newer version, and this is over.
 */
export const isForced = (record: Pick<SecretRecord, 'versions'>): boolean => isForcing(latest(record).why);

export const isForcing = (why: Why): boolean => why.kind === 'rolled-back' && why.forced === true;

/** Why the Secret holds what it holds, where a webhook stored something else in `except`. Then it is not what was forced. */
export function storedInstead({ kind, to }: RolledBack, except: readonly string[]): RolledBack {
  return { kind, to, except };
}
