import type { SecretRecord } from '../record/record.ts';

/** `reason` completes "Secret a/b is not rolled back: it …". */
export type PreviousVersion = { readonly number: number } | { readonly reason: string };

/**
 * The version before the one that the Secret holds. A command that continues an unfinished rollback must name the
 * version: after the write, the version before is the one that the rollback left.
 */
export function previousVersion({
  versions,
  rollout,
  login,
}: Pick<SecretRecord, 'versions' | 'rollout' | 'login'>): PreviousVersion {
  const isRollingBack = rollout !== undefined && versions.at(-1)?.why.kind === 'rolled-back';
  if (isRollingBack || login?.change !== undefined || login?.changeRequest !== undefined)
    return { reason: 'is in the middle of a rollback or a password change: name the version with --to' };
  const number = versions.at(-2)?.number;
  return number === undefined ? { reason: 'has only one version' } : { number };
}
