import type { ConnectionString, PartName } from './connection.ts';
import { applyEdits, type NewParts } from './edit.ts';
import { readConnection } from './read.ts';
import { planAuthority } from './rewrite-authority.ts';
import { planPairs } from './rewrite-pairs.ts';

/**
 * Changes only the bytes of the named parts; values are plain, each is spelled as its place needs it. A part that stands twice is overwritten
 * in both places; an absent one is inserted. Every result is read back before it is returned.
 *
 * Several hosts: a wanted host replaces the list (the ports stay where their number fits or all are the same, else they go with the list); a
 * wanted `a,b` is a list; one wanted port is set on every host.
 *
 * A raw user beside a new password (`app:rw:old@`) is respelled too, but only where it would be read as a piece of that password.
 *
 * Undefined where the form has no place for a part: a host for `jdbc:postgresql:db`, a control character in keyword form, a path for `file:`.
 */
export function rewriteConnection(
  text: string,
  connection: ConnectionString,
  wanted: NewParts,
): string | undefined {
  return (
    tryRewrite(text, connection, wanted) ??
    tryRewrite(text, connection, { ...unportableUserinfo(connection), ...wanted })
  );
}

function tryRewrite(text: string, connection: ConnectionString, wanted: NewParts): string | undefined {
  const authority = planAuthority(text, connection, wanted);
  const pairs = authority && planPairs(connection, wanted, authority.placed);
  if (authority === undefined || pairs === undefined) return undefined;
  const edits = [...authority.edits, ...pairs];
  if (edits.length === 0) return text;
  const result = applyEdits(text, edits);
  return readsBack(result, connection, wanted) ? result : undefined;
}

function unportableUserinfo({ user, password }: ConnectionString): NewParts {
  return {
    ...(user?.portable === false && { user: user.value }),
    ...(password?.portable === false && { password: password.value }),
  };
}

const PARTS: readonly PartName[] = ['user', 'password', 'host', 'port', 'database'];

/** Each named part has the wanted value, each other part its old one. A password that stays raw must be known to be recognised. */
function readsBack(result: string, old: ConnectionString, wanted: NewParts): boolean {
  const staysRaw =
    wanted.password === undefined && old.password?.portable === false ? old.password.value : undefined;
  const read = readConnection(result, staysRaw === undefined ? {} : { password: staysRaw });
  if (read === undefined || read.form !== old.form || read.system !== old.system) return false;
  const isConsistent = PARTS.every((name) => {
    if (name === 'port' && wanted.port === undefined && wanted.host !== undefined) return true;
    return samePart(name, read[name]?.value ?? '', wanted[name]?.toWellFormed() ?? old[name]?.value ?? '');
  });
  return isConsistent && sameParams(read, old, wanted.params ?? new Map());
}

/** `5432,5432` is read as `5432`. */
function samePart(name: PartName, read: string, expected: string): boolean {
  if (read === expected) return true;
  return name === 'port' && expected.split(',').every((port) => port === read);
}

function sameParams(
  read: ConnectionString,
  old: ConnectionString,
  wanted: ReadonlyMap<string, string>,
): boolean {
  const expected = new Map([...old.params].map(([name, { value }]) => [name, value]));
  for (const [name, value] of wanted) expected.set(name, value.toWellFormed());
  return (
    read.params.size === expected.size &&
    [...expected].every(([name, value]) => read.params.get(name)?.value === value)
  );
}
