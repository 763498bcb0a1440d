import { execFileSync } from 'node:child_process';
import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Test } from 'tap';
import { aPostgresWith, type Postgres, type PostgresOptions } from './postgres.ts';
import { serverUser } from './server.ts';

/** A standby that follows `primary`, on a copy that is taken while that runs. `SELECT pg_promote()` makes it a primary of the next timeline. */
export async function aStandby(
  t: Test,
  primary: Postgres,
  { settings, ...options }: Omit<PostgresOptions, 'version'> = {},
): Promise<Postgres> {
  const conninfo = `host=${primary.socketDir} port=${primary.port} user=${primary.superuser.role}`;
  return aPostgresWith(
    t,
    { ...options, version: primary.version, settings: { primary_conninfo: conninfo, ...settings } },
    (dataDir) => copyRunning(primary, dataDir),
  );
}

/** As continuous-archiving.html makes a base backup by hand: start and stop in one session, and the label that the stop gives. */
async function copyRunning({ socketDir, port, superuser, dataDir }: Postgres, to: string): Promise<void> {
  const client = new pg.Client({ host: socketDir, port, user: superuser.role, password: '', ssl: false });
  await client.connect();
  try {
    await client.query(`SELECT pg_backup_start('standby', true)`);
    execFileSync('cp', ['-a', dataDir, to]);
    const { rows } = await client.query<{ labelfile: string }>(
      'SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)',
    );
    rmSync(join(to, 'postmaster.pid'));
    write(join(to, 'backup_label'), rows[0]!.labelfile);
    write(join(to, 'standby.signal'), '');
  } finally {
    await client.end();
  }
}

function write(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  const user = serverUser();
  if (user !== undefined) chownSync(path, user.uid, user.gid);
}
