import { setTimeout as sleep } from 'node:timers/promises';
import type { Postgres } from '../../testbed/postgres/postgres.ts';

/** The sessions of a server, as a user of pg_stat_activity sees them. */
export interface ActivityRecorder {
  /** Texts of statements, names of applications: each once. */
  readonly rows: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** Between two looks. Milliseconds. */
const POLL_INTERVAL_MS = 5;

/** Looks into pg_stat_activity all the time, as the superuser, who sees the statements of all. */
export function recordActivity(postgres: Postgres): ActivityRecorder {
  const seenRows = new Set<string>();
  let isOver = false;
  const polling = (async () => {
    while (!isOver) {
      const rows = await postgres.sql(
        'SELECT usename, application_name, query FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
      );
      for (const row of rows) seenRows.add(JSON.stringify(row));
      await sleep(POLL_INTERVAL_MS);
    }
  })();
  return {
    rows: seenRows,
    stop: async () => {
      isOver = true;
      await polling;
    },
  };
}
