import type { Connection, Layout, Part, PartName } from './connection.ts';
import { choose } from './part.ts';

/** `places` are the parts that stand outside of pairs; the last of equal pairs counts, as for libpq. Undefined where nothing is named. */
export function assemble(
  what: Pick<Connection, 'form' | 'scheme' | 'system'>,
  layout: Layout,
  places: Partial<Record<PartName, Part | undefined>>,
): Connection | undefined {
  const inPairs = layout.pairs.toReversed();
  const part = (name: PartName) =>
    choose([places[name], ...inPairs.filter(({ role }) => role === name).map(({ value }) => value)]);
  const held = (name: PartName) => {
    const chosen = part(name);
    return chosen?.value === '' ? undefined : chosen;
  };
  const connection: Connection = {
    ...what,
    user: held('user'),
    password: part('password'),
    host: held('host'),
    port: held('port'),
    database: held('database'),
    params: new Map(
      layout.pairs.filter(({ role }) => role === undefined).map(({ name, value }) => [name, value]),
    ),
    layout,
  };
  return namesSomething(connection) ? connection : undefined;
}

/** `sqlite://` is a database in memory; `postgresql://` is a URL that somebody forgot to finish. */
function namesSomething({ system, user, password, host, port, database, params }: Connection): boolean {
  if (system === 'sqlite' || params.size > 0) return true;
  return [user, password, host, port, database].some((part) => part !== undefined && part.value !== '');
}
