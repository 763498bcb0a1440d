/**
 * The mark in the comment of a role, which shows that a password change was committed: `note of a DBA [lockstep
 * 6fd1…]`. The text of a person stays. A new mark replaces the old one.
 */
const MARK = / ?\[lockstep ([^\]\s]+)\]/;

export const markIn = (comment: string | undefined): string | undefined => comment?.match(MARK)?.[1];

/** The comment with this mark, or without any. Undefined if it is empty. A mark has no spaces and no brackets. */
export function withMark(comment: string | undefined, mark: string | undefined): string | undefined {
  const note = comment?.replace(MARK, '') ?? '';
  if (mark === undefined) return note === '' ? undefined : note;
  return note === '' ? `[lockstep ${mark}]` : `${note} [lockstep ${mark}]`;
}
