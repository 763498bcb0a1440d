import type { Session } from './session.ts';

/**
 * Settings by which the server records the text of statements: `log_statement`, slow and failed ones, pgaudit,
 * pg_stat_statements. The statements hold no password. But a verifier must stay secret too, because it allows to guess
 * the password offline.
 *
 * `log_transaction_sample_rate` is not in the list, because a transaction reads it before it begins.
 */
const LOG_SETTINGS: readonly (readonly [name: string, value: string])[] = [
  ['log_statement', 'none'],
  ['log_min_duration_statement', '-1'],
  ['log_min_duration_sample', '-1'],
  ['log_min_error_statement', 'panic'],
  ['pgaudit.log', 'none'],
  ['pg_stat_statements.track_utility', 'off'],
];

/**
 * Changes these settings for the current transaction, as far as this connection may. A superuser may set all of them.
 * Another role may set those that were granted to it (`GRANT SET ON PARAMETER`, PostgreSQL 15 and later). Settings of
 * missing extensions are left out.
 */
export async function suppressLogging(session: Session, action: string, version: number): Promise<void> {
  const mayChange = version < 150_000 ? MAY_SET_BY_SUPERUSER : MAY_SET_BY_GRANT;
  const values = LOG_SETTINGS.flat();
  const list = LOG_SETTINGS.map((_, at) => `($${2 * at + 1}, $${2 * at + 2})`).join(', ');
  await session.row(
    action,
    `SELECT count(set_config(name, value, true))::int AS changed FROM (VALUES ${list}) AS quiet (name, value)
      WHERE current_setting(name, true) IS NOT NULL AND ${mayChange}`,
    { changed: 'int' },
    values,
  );
}

const MAY_SET_BY_SUPERUSER = `current_setting('is_superuser') = 'on'`;
const MAY_SET_BY_GRANT = `has_parameter_privilege(name, 'SET')`;
