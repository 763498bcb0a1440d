import type { Postgres } from '../../testbed/postgres/postgres.ts';
import { until } from '../../testbed/process/until.ts';
import type { ApiProxy } from '../api/api-proxy.ts';
import type { PgProxy } from '../postgres/pg-proxy.ts';
import { stepOf } from './step-of.ts';

/** What a controller does about one namespace, as it passes on its way out: calls that write, and COMMITs. */
export interface ObservedSteps {
  /** Those since `watch`, by name. */
  readonly seen: readonly string[];
  /**
   * From here on. The step that is meant is carried out, and whoever took it is killed before it learns of it; those
   * after it pass.
   */
  watch(namespace: string, doomed?: KillAfter): void;
}

export interface KillAfter {
  /** The number of the step, counted from 1. */
  readonly after: number;
  /** Resolves when the process is no more. */
  readonly kill: () => Promise<void>;
}

export function observeSteps(api: ApiProxy, db: PgProxy, postgres: Postgres): ObservedSteps {
  let seen: string[] = [];
  let namespace = '';
  let killAfter: KillAfter | undefined;

  /** Undefined: it goes on. */
  function step(name: string): KillAfter | undefined {
    seen.push(name);
    return seen.length === killAfter?.after ? killAfter : undefined;
  }

  api.onCall(async (call) => {
    const currentStep = stepOf(call);
    const ending = currentStep?.namespace === namespace ? step(currentStep.name) : undefined;
    if (ending === undefined) return 'pass';
    await ending.kill();
    return 'cut-after';
  });
  db.onStatement((statement) => {
    const ending = /^COMMIT/i.test(statement) ? step('COMMIT') : undefined;
    if (ending === undefined) return 'pass';
    // Its answer waits here meanwhile.
    void until('the COMMIT to be carried out', [], () => hasCommitted(postgres)).then(ending.kill);
    return 'hang-after';
  });
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

async function hasCommitted(postgres: Postgres): Promise<boolean> {
  const rows = await postgres.sql(
    `SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'lockstep%' AND state = 'idle' AND query LIKE 'COMMIT%'`,
  );
  return rows.length > 0;
}
