/**
 * Where the comment of a role says that a change of its password was committed: `note of a DBA [lockstep 6fd1…]`. What a person wrote is kept; one mark
 * takes the place of another.
 */
const MARK = / ?\[lockstep ([^\]\s]+)\]/;

export const markIn = (comment: string | undefined): string | undefined => comment?.match(MARK)?.[1];

/** The comment with this mark, or with none; undefined where nothing is left of it. A mark has no spaces and no brackets. */
export function withMark(comment: string | undefined, mark: string | undefined): string | undefined {
  const note = comment?.replace(MARK, '') ?? '';
  if (mark === undefined) return note === '' ? undefined : note;
  return note === '' ? `[lockstep ${mark}]` : `${note} [lockstep ${mark}]`;
}
