import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import type { KnownAlternate, RoleFacts } from '../../server/role-server.ts';

/** NAMEDATALEN - 1: PostgreSQL cuts longer names off. Bytes in UTF-8. */
const MAX_NAME_BYTES = 63;
const SUFFIX = '_alt';

/**
 * The login that takes turns with `owner`: `app_alt`. Of a name that is too long for that the end gives way to six digits of its hash: two
 * owners do not share one.
 */
export function alternateName(owner: string): string {
  if (Buffer.byteLength(owner + SUFFIX) <= MAX_NAME_BYTES) return owner + SUFFIX;
  const end = `_${hash('sha256', owner).slice(0, 6)}${SUFFIX}`;
  return truncated(owner, MAX_NAME_BYTES - end.length) + end;
}

/** Who owns what this login works with: itself, or the one it is the alternate of. The name alone does not tell. */
export const alternateOwnerOf = (role: string, memberOf: readonly string[]): string =>
  memberOf.find((owner) => alternateName(owner) === role) ?? role;

/** Whose turn is next. */
export const otherRole = (owner: string, current: string): string =>
  current === owner ? alternateName(owner) : owner;

/** The comment of an alternate, for people. Anybody may write it, so it proves nothing. */
export const alternateComment = (owner: string): string => `second login of ${owner}, kept by lockstep`;

/**
 * Why a role that is there is not taken for the second login: a sentence. A role that another person has made, or that others may become, would hand them
 * all that the owner has.
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
