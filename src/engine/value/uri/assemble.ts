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
  const hasRoles = layout.pairs.some(({ role }) => role !== undefined);
  const part = (name: PartName): Part | undefined =>
    hasRoles ? choosePart([located[name], ...valuesOf(layout, name)]) : located[name];
  const nonEmpty = (name: PartName): Part | undefined => {
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
    params: paramsOf(layout),
    layout,
  };
  return hasAnyPart(connection) ? connection : undefined;
}

/** The last pair first. */
const valuesOf = ({ pairs }: Layout, name: PartName): readonly Part[] =>
  pairs
    .filter(({ role }) => role === name)
    .map(({ value }) => value)
    .reverse();

const NO_PARAMS: ConnectionString['params'] = new Map();

function paramsOf({ pairs }: Layout): ConnectionString['params'] {
  if (pairs.length === 0) return NO_PARAMS;
  const params = new Map<string, Part>();
  for (const { name, role, value } of pairs) if (role === undefined) params.set(name, value);
  return params;
}

/** `sqlite://` is a database in memory, `postgresql://` an unfinished URL. */
const hasAnyPart = ({ system, user, password, host, port, database, params }: ConnectionString): boolean =>
  system === 'sqlite' ||
  params.size > 0 ||
  isFilled(host) ||
  isFilled(user) ||
  isFilled(password) ||
  isFilled(port) ||
  isFilled(database);

const isFilled = (part: Part | undefined): boolean => part !== undefined && part.value !== '';
