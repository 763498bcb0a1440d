import { loginsOf } from '../../secret/record/login-record.ts';
import type { SecretRecord, Version } from '../../secret/record/record.ts';

/** `reason` completes "Secret a/b is not rolled back: it …". */
export type PreviousVersion = { readonly number: number } | { readonly reason: string };

/**
 * The version before the one that the Secret holds. Versions that lockstep has undone never count: they hold the
 * password that failed.
 *
 * A command that continues an unfinished rollback must name the version: after the write, the version before is the one
 * that the rollback left.
 */
export function previousVersion({
  versions,
  rollout,
  ...logins
}: Pick<SecretRecord, 'versions' | 'rollout' | 'login' | 'otherLogins'>): PreviousVersion {
  const all = loginsOf(logins);
  if (all.some(({ change }) => change?.fault !== undefined))
    return { reason: 'is being rolled back by lockstep already: wait, or name the version with --to' };
  const isRollingBack = rollout !== undefined && isRequestedRollback(versions.at(-1));
  const isChanging = all.some(({ change, changeRequest }) => (change ?? changeRequest) !== undefined);
  if (isRollingBack || isChanging)
    return { reason: 'is in the middle of a rollback or a password change: name the version with --to' };
  const number = versions.slice(0, -1).findLast((version) => !isUndone(version, versions))?.number;
  if (number !== undefined) return { number };
  return {
    reason: versions.length > 1 ? 'has no earlier version that was not undone' : 'has only one version',
  };
}

const isRequestedRollback = (version: Version | undefined): boolean =>
  version?.why.kind === 'rolled-back' && version.why.undone !== true;

/** True if a later version undid this one. */
const isUndone = ({ number }: Version, versions: readonly Version[]): boolean =>
  versions.some(
    ({ number: later, why }) =>
      why.kind === 'rolled-back' && why.undone === true && why.to < number && number < later,
  );
