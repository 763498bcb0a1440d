import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';

/** NAMEDATALEN - 1: PostgreSQL cuts longer names off. Bytes in UTF-8. */
const LONGEST_NAME = 63;
const SUFFIX = '_alt';

/**
 * The login that takes turns with `owner`: `app_alt`. Of a name that is too long for that the end gives way to six digits of its hash: two
 * owners do not share one.
 */
export function alternateName(owner: string): string {
  if (Buffer.byteLength(owner + SUFFIX) <= LONGEST_NAME) return owner + SUFFIX;
  const end = `_${hash('sha256', owner).slice(0, 6)}${SUFFIX}`;
  return shortened(owner, LONGEST_NAME - end.length) + end;
}

/** Who owns what this login works with: itself, or the one it is the alternate of. The name alone does not tell. */
export const ownerOf = (role: string, memberOf: readonly string[]): string =>
  memberOf.find((owner) => alternateName(owner) === role) ?? role;

/** Whose turn is next. */
export const otherLogin = (owner: string, current: string): string =>
  current === owner ? alternateName(owner) : owner;

/** What the comment of an alternate says: whoever has it is nobody else's login. */
export const alternateComment = (owner: string): string => `second login of ${owner}, kept by lockstep`;

function shortened(name: string, bytes: number): string {
  let short = '';
  for (const character of name) {
    if (Buffer.byteLength(short + character) > bytes) break;
    short += character;
  }
  return short;
}
