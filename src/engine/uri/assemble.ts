import type { ConnectionString, Layout, Part, PartName } from './connection.ts';
import { choosePart } from './part.ts';

/**
 * `places` are the parts outside of pairs. The last of equal pairs counts, as in libpq. Undefined if the text names no
 * part.
 */
export function assemble(
  what: Pick<ConnectionString, 'form' | 'scheme' | 'system' | 'isSystemGuessed'>,
  layout: Layout,
  located: Partial<Record<PartName, Part | undefined>>,
): ConnectionString | undefined {
  const inPairs = layout.pairs.toReversed();
  const part = (name: PartName) =>
    choosePart([located[name], ...inPairs.filter(({ role }) => role === name).map(({ value }) => value)]);
  const nonEmpty = (name: PartName) => {
    const chosen = part(name);
    return chosen?.value === '' ? undefined : chosen;
  };
  const connection: ConnectionString = {
    ...what,
    user: nonEmpty('user'),
    password: part('password'),
    host: nonEmpty('host'),
    port: nonEmpty('port'),
    database: nonEmpty('database'),
    params: new Map(
      layout.pairs.filter(({ role }) => role === undefined).map(({ name, value }) => [name, value]),
    ),
    layout,
  };
  return hasAnyPart(connection) ? connection : undefined;
}

/** `sqlite://` is a database in memory, `postgresql://` an unfinished URL. */
function hasAnyPart({ system, user, password, host, port, database, params }: ConnectionString): boolean {
  if (system === 'sqlite' || params.size > 0) return true;
  return [user, password, host, port, database].some((part) => part !== undefined && part.value !== '');
}
