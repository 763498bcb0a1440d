import type { Part, Span } from './connection.ts';
import type { Dialect } from './dialect.ts';
import { endOfHosts, readHosts } from './hosts.ts';
import { nextOf, percentPart, rawPart } from './part.ts';
import { USER, USERINFO } from './raw-characters.ts';

export interface Userinfo {
  readonly user: Part;
  /** Undefined if no `:` follows the user. */
  readonly password: Part | undefined;
  /** The index of the `@`. */
  readonly at: number;
}

/**
 * `user:password@` from `start`, the beginning of the authority. Drivers disagree about raw `@ / ? #`. The intended end
 * is found in this order:
 * 1. the known password, followed by hosts
 * 2. for a server, the last `@` before the query with a list of hosts after it
 * 3. the last `@` of the authority as RFC 3986 ends it
 */
export function readUserinfo(
  text: string,
  { start, kind, properties }: Dialect,
  hint: string,
): Userinfo | undefined {
  const known = findKnownPassword(text, start, hint);
  if (known !== undefined) return known;
  const last = text.lastIndexOf('@');
  if (last < start) return undefined;
  const end = endOfAuthority(text, start, properties);
  // Nearly every URL: no `@` stands behind the authority.
  if (last < end) return splitAt(text, start, last);
  const strict = text.lastIndexOf('@', end - 1);
  const at = (kind === 'server' ? findRawAt(text, start, end, strict) : undefined) ?? strict;
  return at < start ? undefined : splitAt(text, start, at);
}

function findKnownPassword(text: string, start: number, hint: string): Userinfo | undefined {
  if (hint === '') return undefined;
  const needle = `:${hint}@`;
  for (let colon = text.indexOf(needle, start); colon !== -1; colon = text.indexOf(needle, colon + 1)) {
    const at = colon + needle.length - 1;
    if (endOfHosts(text, at + 1) === undefined) continue;
    return {
      user: percentPart(text, start, colon, USER),
      password: rawPart(text, colon + 1, hint, USERINFO),
      at,
    };
  }
  return undefined;
}

/** A password with a raw `/ ? #`: its `@` comes after the apparent end of the authority. */
function findRawAt(text: string, start: number, end: number, strict: number): number | undefined {
  if (end === start || end === text.length) return undefined;
  const certain = strict < start && hasPorts(text, { start, end });
  if (strict >= start && /:[0-9]+$/.test(text.slice(strict, end))) return undefined;
  const at = text.lastIndexOf('@', startOfQuery(text, end) - 1);
  const beyond = at < end && strict < start && !certain ? text.lastIndexOf('@') : at;
  if (beyond < end) return undefined;
  const colon = text.indexOf(':', start);
  const hosts = endOfHosts(text, beyond + 1);
  if (colon === -1 || colon > beyond || hosts === undefined || hosts === beyond + 1) return undefined;
  // Both readings make sense: `u:1/x@h/db` and `h:1/x@y`. A port or a path after the later `@` is evidence for the
  // password.
  const doubtful = certain || strict >= start;
  return !doubtful || text[hosts] === '/' || text.slice(beyond, hosts).includes(':') ? beyond : undefined;
}

/** A list of hosts without userinfo: `h:5432` has a number after the colon, `u:p` has none. */
function hasPorts(text: string, span: Span): boolean {
  return readHosts(text, span)?.every(({ port }) => port?.portable !== false) ?? false;
}

/** The first `?` with a `name=` after it, or the end of the text. */
function startOfQuery(text: string, from: number): number {
  const query = /\?(?=[\w.-]{1,64}=)/g;
  query.lastIndex = from;
  return query.exec(text)?.index ?? text.length;
}

function endOfAuthority(text: string, start: number, properties: boolean): number {
  const end = nextOf(text, start, /[/?#]/);
  if (!properties) return end;
  const property = text.slice(start, end).search(/;(?=[\w. -]{1,64}=)/);
  return property === -1 ? end : start + property;
}

function splitAt(text: string, start: number, at: number): Userinfo {
  const colon = text.indexOf(':', start);
  if (colon === -1 || colon > at)
    return { user: percentPart(text, start, at, USER), password: undefined, at };
  return {
    user: percentPart(text, start, colon, USER),
    password: percentPart(text, colon + 1, at, USERINFO),
    at,
  };
}
