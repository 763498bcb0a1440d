import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import type { KnownAlternate, RoleFacts } from './role-server.ts';

/** In bytes of UTF-8. PostgreSQL truncates longer names (NAMEDATALEN - 1). */
const MAX_NAME_BYTES = 63;
const SUFFIX = '_alt';

/**
 * The second of two alternating users: `app_alt` for `app`. If that is too long, six digits of the name's hash replace
 * its end, so that two owners get different names.
 */
export function alternateName(owner: string): string {
  if (Buffer.byteLength(owner + SUFFIX) <= MAX_NAME_BYTES) return owner + SUFFIX;
  const end = `_${hash('sha256', owner).slice(0, 6)}${SUFFIX}`;
  return truncated(owner, MAX_NAME_BYTES - end.length) + end;
}

/**
 * The owner of the objects that this login uses: the role itself, or the role whose alternate it is. The name alone
 * does not prove it.
 */
export const alternateOwnerOf = (role: string, memberOf: readonly string[]): string =>
  memberOf.find((owner) => alternateName(owner) === role) ?? role;

/** The role that gets the next password. */
export const otherRole = (owner: string, current: string): string =>
  current === owner ? alternateName(owner) : owner;

/** The comment of an alternate, for people. Any user can write the same comment, so it proves nothing. */
export const alternateComment = (owner: string): string => `second login of ${owner}, kept by lockstep`;

/**
 * The reason why lockstep does not use an existing role as the second login: a sentence. The creator or a member of
 * that role would get all rights of the owner.
 */
export function foreignRoleReason(
  { oid, mark, members, memberOf, privileges }: RoleFacts,
  { owner, alternate }: { readonly owner: string; readonly alternate: string },
  known: KnownAlternate,
): string | undefined {
  if (oid !== known.oid && mark !== known.mark)
    return `there is a role ${alternate} that lockstep did not make, and it is left alone: drop it, and lockstep makes its own`;
  if (members.length > 0)
    return `others are members of the role ${alternate}, and would get what ${owner} has: REVOKE ${alternate} FROM ${members.join(', ')}`;
  const foreign = memberOf.filter((role) => role !== owner);
  if (foreign.length > 0)
    return `the role ${alternate} is a member of more than ${owner}: REVOKE ${foreign.join(', ')} FROM ${alternate}`;
  return privileges.length > 0
    ? `the role ${alternate} has ${privileges.join(', ')}, which lockstep did not give it: take that away, or drop it`
    : undefined;
}

function truncated(name: string, bytes: number): string {
  let short = '';
  for (const character of name) {
    if (Buffer.byteLength(short + character) > bytes) break;
    short += character;
  }
  return short;
}
