import { setTimeout as sleep } from 'node:timers/promises';
import type { Postgres } from '../../testbed/postgres/postgres.ts';

/** What everybody who may look sees of a server's sessions. */
export interface Eavesdropper {
  /** Texts of statements, names of applications: each once. */
  readonly heard: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** Between two looks. Milliseconds. */
const PERIOD = 5;

/** Looks into pg_stat_activity all the time, as the superuser, who sees the statements of all. */
export function eavesdrop(postgres: Postgres): Eavesdropper {
  const heard = new Set<string>();
  let isOver = false;
  const listening = (async () => {
    while (!isOver) {
      const rows = await postgres.sql(
        'SELECT usename, application_name, query FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
      );
      for (const row of rows) heard.add(JSON.stringify(row));
      await sleep(PERIOD);
    }
  })();
  return {
    heard,
    stop: async () => {
      isOver = true;
      await listening;
    },
  };
}
