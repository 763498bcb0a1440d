import { escapeIdentifier, escapeLiteral } from 'pg';
import type { RowOf } from '../protocol/columns.ts';
import type { Session } from './session.ts';

/** The settings of ALTER ROLE … SET, by name. */
type SettingMap = ReadonlyMap<string, string>;

/** A database that is null means every database, and a role that is null every role of that database. */
const SETTING_COLUMNS = { database: 'text?', role: 'text?', settings: 'texts' } as const;
type SettingRow = RowOf<typeof SETTING_COLUMNS>;

/** No database has the empty name, so it represents all of them. */
const ALL_DATABASES = '';

const SETTINGS_QUERY = `
  SELECT d.datname::text AS database, r.rolname::text AS role, to_json(s.setconfig)::text AS settings
    FROM pg_catalog.pg_db_role_setting s
    LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
    LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
   WHERE s.setrole = 0 OR r.rolname IN ($1, $2)`;

/**
 * Copies all settings of the owner to the alternate, and makes the alternate become the owner's role at login. That is
 * the owner itself, or the role that the owner's own default selects, in all databases or in one.
 */
export async function copySettings(
  session: Session,
  { owner, alternate }: { readonly owner: string; readonly alternate: string },
): Promise<void> {
  const action = `reading the settings of ${session.describeRole(owner)}`;
  const rows = await session.rows(action, SETTINGS_QUERY, SETTING_COLUMNS, [owner, alternate]);
  const desired = desiredSettings(owner, rows);
  const stored = settingsOf(rows, alternate);
  for (const database of new Set([...desired.keys(), ...stored.keys()])) {
    const after = desired.get(database) ?? new Map<string, string>();
    if (areSameSettings(after, stored.get(database) ?? new Map())) continue;
    await replaceSettings(session, alternate, database, after);
  }
}

function desiredSettings(owner: string, rows: readonly SettingRow[]): ReadonlyMap<string, SettingMap> {
  const desired = new Map(settingsOf(rows, owner));
  const everywhere = desired.get(ALL_DATABASES) ?? new Map<string, string>();
  if (everywhere.has('role')) return desired;
  desired.set(ALL_DATABASES, new Map([...everywhere, ['role', owner]]));
  for (const [database, ofAll] of settingsOf(rows, null)) {
    const defaultRole = ofAll.get('role');
    const own = desired.get(database) ?? new Map<string, string>();
    if (defaultRole !== undefined && !own.has('role'))
      desired.set(database, new Map([...own, ['role', defaultRole]]));
  }
  return desired;
}

function settingsOf(rows: readonly SettingRow[], role: string | null): ReadonlyMap<string, SettingMap> {
  const roleRows = rows.filter((row) => row.role === role);
  return new Map(
    roleRows.map(({ database, settings }) => [
      database ?? ALL_DATABASES,
      new Map(settings.map(parseSetting)),
    ]),
  );
}

function parseSetting(setting: string): [name: string, value: string] {
  const at = setting.indexOf('=');
  return [setting.slice(0, at), setting.slice(at + 1)];
}

const areSameSettings = (a: SettingMap, b: SettingMap): boolean =>
  a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);

async function replaceSettings(
  session: Session,
  role: string,
  database: string,
  settings: SettingMap,
): Promise<void> {
  const within = database === ALL_DATABASES ? '' : ` IN DATABASE ${escapeIdentifier(database)}`;
  const alter = `ALTER ROLE ${escapeIdentifier(role)}${within}`;
  await session.change(
    `taking the settings of ${session.describeRole(role)} away`,
    role,
    `${alter} RESET ALL`,
  );
  for (const [name, value] of settings)
    await session.change(
      `giving ${session.describeRole(role)} the setting ${name}`,
      role,
      `${alter} SET ${escapeIdentifier(name)} TO ${settingLiteral(name, value)}`,
    );
}

/** Settings with a list of names, each quoted separately. pg_dump (dumputils.c) has the same list. */
const LIST_SETTINGS: ReadonlySet<string> = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

/** A stored value in the syntax of SET: `"$user", public` is two names. */
function settingLiteral(name: string, value: string): string {
  if (!LIST_SETTINGS.has(name.toLowerCase())) return escapeLiteral(value);
  const names = value.match(/"(?:[^"]|"")*"|[^\s,"]+/g) ?? [];
  return names.length === 0 ? "''" : names.map((one) => escapeLiteral(unquoted(one))).join(', ');
}

const unquoted = (name: string): string =>
  name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
