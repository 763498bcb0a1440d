import type { Postgres } from '../../testbed/postgres/postgres.ts';
import { until } from '../../testbed/process/until.ts';
import type { ApiProxy } from '../api/api-proxy.ts';
import type { PgProxy } from '../postgres/pg-proxy.ts';
import type { RedisProxy } from '../redis/redis-proxy.ts';
import { stepOf } from './step-of.ts';

/** The writes of a controller for one namespace, as proxies see them: API calls and changes on the server. */
export interface ObservedSteps {
  /** The steps since `watch`, by name. */
  readonly seen: readonly string[];
  /**
   * Starts to count. The chosen step is executed, and its process is killed before the answer arrives. Later steps
   * pass.
   */
  watch(namespace: string, doomed?: KillAfter): void;
}

export interface KillAfter {
  /** The number of the step, counted from 1. */
  readonly after: number;
  /** Resolves when the process is no more. */
  readonly kill: () => Promise<void>;
}

/** Takes a step, by name. It returns the end of the process, unless the process continues. */
type TakeStep = (name: string) => KillAfter | undefined;

/** Reports the changes on a server to the function that it gets. */
export type ServerSteps = (step: TakeStep) => void;

export function observeSteps(api: ApiProxy, ofServer: ServerSteps): ObservedSteps {
  let seen: string[] = [];
  let namespace = '';
  let killAfter: KillAfter | undefined;

  const step: TakeStep = (name) => {
    seen.push(name);
    return seen.length === killAfter?.after ? killAfter : undefined;
  };

  api.onCall(async (call) => {
    const currentStep = stepOf(call);
    const ending = currentStep?.namespace === namespace ? step(currentStep.name) : undefined;
    if (ending === undefined) return 'pass';
    await ending.kill();
    return 'cut-after';
  });
  ofServer(step);
  return {
    get seen() {
      return seen;
    },
    watch: (where, then) => {
      seen = [];
      namespace = where;
      killAfter = then;
    },
  };
}

export const commitsOf =
  (db: PgProxy, postgres: Postgres): ServerSteps =>
  (step) =>
    db.onStatement((statement) => {
      const ending = /^COMMIT/i.test(statement) ? step('COMMIT') : undefined;
      if (ending === undefined) return 'pass';
      // Its answer waits here until then.
      void until('the COMMIT to be carried out', [], () => hasCommitted(postgres)).then(ending.kill);
      return 'hang-after';
    });

export const userChangesOf =
  (proxy: RedisProxy): ServerSteps =>
  (step) =>
    proxy.onCommand((name) =>
      /^(ACL (SETUSER|SAVE)|CONFIG REWRITE)$/.test(name) ? step(name)?.kill : undefined,
    );

async function hasCommitted(postgres: Postgres): Promise<boolean> {
  const rows = await postgres.sql(
    `SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'lockstep%' AND state = 'idle' AND query LIKE 'COMMIT%'`,
  );
  return rows.length > 0;
}
