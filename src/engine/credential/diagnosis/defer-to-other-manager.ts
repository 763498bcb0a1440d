import { type Diagnosis, fault } from '../../doctor/check-result.ts';
import type { OtherWriter } from '../../server/other-managers.ts';

/**
 * The side that a fix changes: the Secret (or both sides), the server alone, or the password of the role, which then follows the Secret. `nothing`: it only asks.
 */
export type FixTarget = 'secret' | 'server' | 'role-follows-secret' | 'nothing';

export interface Fix {
  readonly changes: FixTarget;
  readonly text: string;
}

/** The reason why a server refuses a login, and its fix. */
export interface Refusal {
  readonly message: string;
  readonly fix: Fix;
}

export const refusal = (message: string, changes: FixTarget, text: string): Refusal => ({
  message,
  fix: { changes, text },
});

/**
 * Another writer of the Secret would undo a command that writes it, and a new password in its server would begin a fight. Then the fix is theirs. A fix of
 * the server alone stays right, and so does a server that follows a copy.
 */
export function mendedByOther({ message, fix }: Refusal, other: OtherWriter | undefined): Diagnosis {
  return fault(message, other === undefined || isRightBeside(other, fix) ? fix.text : other.sentence);
}

function isRightBeside({ kind }: OtherWriter, { changes }: Fix): boolean {
  if (kind === 'beware' || changes === 'server' || changes === 'nothing') return true;
  return kind === 'store-first' && changes === 'role-follows-secret';
}
