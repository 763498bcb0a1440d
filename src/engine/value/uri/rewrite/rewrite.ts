import type { ConnectionString, PartName } from '../connection.ts';
import { readConnection } from '../read.ts';
import { planAuthority } from './authority.ts';
import { applyEdits, type NewParts } from './edit.ts';
import { planPairs } from './pairs.ts';

/**
 * Changes only the bytes of the named parts. Values are plain, and each is encoded for its position. A part that occurs
 * twice is overwritten in both positions, and an absent part is inserted. Every result is parsed again before it is
 * returned.
 *
 * Several hosts: a new host replaces the list. Its ports stay if their number fits or all are the same. A new `a,b` is
 * a list. One new port applies to every host.
 *
 * A raw user next to a new password (`app:rw:old@`) is encoded only if a parser would read it as a piece of that
 * password.
 *
 * `jdbc:postgresql:db` has no position for a host, so it becomes `jdbc:postgresql://host/db`.
 *
 * Undefined if the form has no position for a part. Examples are a control character in keyword form, and a path for
 * `file:`.
 */
export function rewriteConnection(
  text: string,
  connection: ConnectionString,
  wanted: NewParts,
): string | undefined {
  return (
    tryRewrite(text, connection, wanted) ??
    tryRewrite(text, connection, { ...unportableUserinfo(connection), ...wanted }) ??
    rewriteWithHost(text, connection, wanted)
  );
}

function rewriteWithHost(text: string, { form, layout }: ConnectionString, wanted: NewParts) {
  const { authority, path } = layout;
  if (form !== 'jdbc' || authority !== undefined || path === undefined) return undefined;
  const longer = `${text.slice(0, path.start)}///${text.slice(path.start)}`;
  const connection = readConnection(longer);
  return connection && tryRewrite(longer, connection, wanted);
}

function tryRewrite(text: string, connection: ConnectionString, wanted: NewParts): string | undefined {
  const authority = planAuthority(text, connection, wanted);
  const pairs = authority && planPairs(connection, wanted, authority.placed);
  if (authority === undefined || pairs === undefined) return undefined;
  const edits = [...authority.edits, ...pairs];
  if (edits.length === 0) return text;
  const rewritten = applyEdits(text, edits);
  return isReadBack(rewritten, connection, wanted) ? rewritten : undefined;
}

function unportableUserinfo({ user, password }: ConnectionString): NewParts {
  return {
    ...(user?.portable === false && { user: user.value }),
    ...(password?.portable === false && { password: password.value }),
  };
}

const PARTS: readonly PartName[] = ['user', 'password', 'host', 'port', 'database'];

/**
 * Each named part has the new value, and each other part its old one. The parser recognises a raw password only if it
 * is known.
 */
function isReadBack(text: string, old: ConnectionString, wanted: NewParts): boolean {
  const staysRaw = wanted.password === undefined && old.password?.portable === false;
  const read = readConnection(text, staysRaw ? { password: old.password?.value ?? '' } : {});
  if (read === undefined || read.form !== old.form || read.system !== old.system) return false;
  const isConsistent = PARTS.every((name) => {
    if (name === 'port' && wanted.port === undefined && wanted.host !== undefined) return true;
    return samePart(name, read[name]?.value ?? '', wanted[name]?.toWellFormed() ?? old[name]?.value ?? '');
  });
  return isConsistent && sameParams(read, old, wanted.params);
}

/** `5432,5432` is read as `5432`. */
function samePart(name: PartName, read: string, expected: string): boolean {
  if (read === expected) return true;
  return name === 'port' && expected.split(',').every((port) => port === read);
}

function sameParams(
  read: ConnectionString,
  old: ConnectionString,
  wanted: ReadonlyMap<string, string> = new Map(),
): boolean {
  let expected = old.params.size;
  for (const [name, value] of wanted) {
    if (read.params.get(name)?.value !== value.toWellFormed()) return false;
    if (!old.params.has(name)) expected += 1;
  }
  for (const [name, { value }] of old.params)
    if (!wanted.has(name) && read.params.get(name)?.value !== value) return false;
  return read.params.size === expected;
}
