import { escapeIdentifier, escapeLiteral } from 'pg';
import type { Session } from './session.ts';

/** What ALTER ROLE … SET has stored, by name. */
type Settings = ReadonlyMap<string, string>;

interface Row {
  /** Undefined: in every database. */
  readonly database: string | null;
  /** Null: of every role there. */
  readonly role: string | null;
  readonly settings: readonly string[];
}

/** The empty name is no database's: it stands for all of them. */
const EVERYWHERE = '';

const ROWS = `
  SELECT d.datname::text AS database, r.rolname::text AS role, s.setconfig AS settings
    FROM pg_catalog.pg_db_role_setting s
    LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
    LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
   WHERE s.setrole = 0 OR r.rolname IN ($1, $2)`;

/**
 * Gives the alternate all settings that the owner has, and has it become at login what the owner is then: the owner itself, or the role that the owner's
 * own default says, in all databases or in one.
 */
export async function copySettings(
  session: Session,
  { owner, alternate }: { readonly owner: string; readonly alternate: string },
): Promise<void> {
  const doing = `reading the settings of ${session.called(owner)}`;
  const rows = await session.rows<Row>(doing, ROWS, [owner, alternate]);
  const wanted = wantedSettings(owner, rows);
  const stored = settingsOf(rows, alternate);
  for (const database of new Set([...wanted.keys(), ...stored.keys()])) {
    const after = wanted.get(database) ?? new Map<string, string>();
    if (isSame(after, stored.get(database) ?? new Map())) continue;
    await replaceSettings(session, alternate, database, after);
  }
}

function wantedSettings(owner: string, rows: readonly Row[]): ReadonlyMap<string, Settings> {
  const wanted = new Map(settingsOf(rows, owner));
  const everywhere = wanted.get(EVERYWHERE) ?? new Map<string, string>();
  if (everywhere.has('role')) return wanted;
  wanted.set(EVERYWHERE, new Map([...everywhere, ['role', owner]]));
  for (const [database, ofAll] of settingsOf(rows, null)) {
    const becomes = ofAll.get('role');
    const own = wanted.get(database) ?? new Map<string, string>();
    if (becomes !== undefined && !own.has('role')) wanted.set(database, new Map([...own, ['role', becomes]]));
  }
  return wanted;
}

function settingsOf(rows: readonly Row[], role: string | null): ReadonlyMap<string, Settings> {
  const own = rows.filter((row) => row.role === role);
  return new Map(
    own.map(({ database, settings }) => [database ?? EVERYWHERE, new Map(settings.map(parted))]),
  );
}

function parted(setting: string): [name: string, value: string] {
  const at = setting.indexOf('=');
  return [setting.slice(0, at), setting.slice(at + 1)];
}

const isSame = (a: Settings, b: Settings): boolean =>
  a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);

async function replaceSettings(
  session: Session,
  role: string,
  database: string,
  settings: Settings,
): Promise<void> {
  const within = database === EVERYWHERE ? '' : ` IN DATABASE ${escapeIdentifier(database)}`;
  const alter = `ALTER ROLE ${escapeIdentifier(role)}${within}`;
  await session.change(`taking the settings of ${session.called(role)} away`, role, `${alter} RESET ALL`);
  for (const [name, value] of settings)
    await session.change(
      `giving ${session.called(role)} the setting ${name}`,
      role,
      `${alter} SET ${escapeIdentifier(name)} TO ${settingLiteral(name, value)}`,
    );
}

/** Whose value is a list of names, each of which is quoted by itself; pg_dump (dumputils.c) has this very list. */
const NAME_LISTS: ReadonlySet<string> = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

/** As SET takes it, of a value as it is stored: `"$user", public` is two. */
function settingLiteral(name: string, value: string): string {
  if (!NAME_LISTS.has(name.toLowerCase())) return escapeLiteral(value);
  const names = value.match(/"(?:[^"]|"")*"|[^\s,"]+/g) ?? [];
  return names.length === 0 ? "''" : names.map((one) => escapeLiteral(unquoted(one))).join(', ');
}

const unquoted = (name: string): string =>
  name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
