import type { OtherManager } from '../../secret/other-managers.ts';
import { type CheckResult, fault } from '../check-result.ts';

/**
 * The side that a fix changes: the Secret (or both sides), the server alone, or the password of the role, which then
 * follows the Secret. `nothing` means that the command only reads.
 */
export type FixTarget = 'secret' | 'server' | 'role-follows-secret' | 'nothing';

export interface Fix {
  readonly changes: FixTarget;
  readonly text: string;
}

/** The reason why a server refuses a login, and its fix. */
export interface LoginRefusal {
  readonly message: string;
  readonly fix: Fix;
}

export const loginRefusal = (message: string, changes: FixTarget, text: string): LoginRefusal => ({
  message,
  fix: { changes, text },
});

/**
 * Another manager would undo a command that writes the Secret, and would overwrite a new password in the server. Its
 * sentence replaces such a fix. A fix of the server alone stays valid, and so does a server that follows a copy.
 */
export function deferToOtherManager(
  { message, fix }: LoginRefusal,
  manager: OtherManager | undefined,
): CheckResult {
  return fault(message, manager === undefined || isRightBeside(manager, fix) ? fix.text : manager.sentence);
}

function isRightBeside({ kind }: OtherManager, { changes }: Fix): boolean {
  if (kind === 'warning' || changes === 'server' || changes === 'nothing') return true;
  return kind === 'external-store' && changes === 'role-follows-secret';
}
