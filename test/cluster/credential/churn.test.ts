import t, { type Test } from 'tap';
import { deviationsOf, stateBefore } from '../../helpers/credential/deviations.ts';
import { aDisturbedController, STRATEGIES } from '../../helpers/credential/disturbed-controller.ts';
import { type Churn, loginChurn } from '../../helpers/credential/login-churn.ts';
import { stepOf } from '../../helpers/credential/step-of.ts';
import type { Team } from '../../helpers/credential/team.ts';
import { aWorld, untilInStep } from '../../helpers/credential/world.ts';
import { aPgProxy } from '../../helpers/postgres/pg-proxy.ts';
import { aRedisTeam } from '../../helpers/redis/team.ts';
import type { Postgres } from '../../testbed/postgres/postgres.ts';
import { aRedis, type Redis } from '../../testbed/redis/redis.ts';

// Twenty clients log in all the time during the rotations. They see a change up to a second late, and up to three with
// Redis. `ROTATIONS=10` is the proof of a release.
const CLIENTS = 20;
const ROTATIONS = Number(process.env.ROTATIONS ?? 3);
/** Twice as long as the last client takes to see a change: a busy machine delays its logins too. */
const PROPAGATION = { LOCKSTEP_PROPAGATION_SECONDS: '6' };

const world = await aWorld(t);
const { postgres } = world;
const { api, controller, team: aTeam } = await aDisturbedController(t, world, PROPAGATION);

/** The publication times of a Secret of a namespace. */
const published = new Map<string, () => void>();
api.onAnswer((call, status) => {
  const step = status === 200 ? stepOf(call) : undefined;
  if (step?.name === 'PATCH secrets/app') published.get(step.namespace)?.();
});

/** Rotates again and again, while clients log in. */
async function churned(
  t: Test,
  team: Team,
  server: Postgres | Redis,
  maxDelayMs: number,
): Promise<Churn & { readonly failed: number }> {
  const ending = new AbortController();
  t.teardown(() => ending.abort());
  const churning = loginChurn(team, server, { clients: CLIENTS, maxDelayMs }, ending.signal);
  for (let turn = 1; turn <= ROTATIONS; turn += 1) {
    const before = await stateBefore(team);
    await team.requestChange({ kind: 'rotate' });
    await untilInStep(team, [controller.daemon]);
    t.same(
      await deviationsOf(team, server, before, { versions: 1, isChanged: true }),
      [],
      `rotation ${turn}`,
    );
  }
  ending.abort();
  const churn = await churning;
  const failed = [...churn.failures.values()].reduce((sum, count) => sum + count, 0);
  const failures = JSON.stringify(Object.fromEntries(churn.failures));
  t.comment(`${t.name}: ${failed} of ${churn.logins} logins failed ${failures}`);
  return { ...churn, failed };
}

// In parallel, each with its own connection to the server: most of the time is the wait for the last client.
t.jobs = STRATEGIES.length + 1;
const OPTIONS = { timeout: 480_000, buffered: true };

for (const strategy of STRATEGIES) {
  t.test(`${strategy}: logins during ${ROTATIONS} rotations`, { ...OPTIONS }, async (t) => {
    const db = await aPgProxy(t, postgres);
    const namespace = `churn-${strategy.toLowerCase()}`;
    const team = await aTeam(namespace, { strategy, at: db });
    /** From each COMMIT to the write of the Secret, in milliseconds. */
    const windows: number[] = [];
    let committed = 0;
    db.onStatement((statement) => {
      if (statement.startsWith('COMMIT')) committed = performance.now();
      return 'pass';
    });
    published.set(namespace, () => windows.push(performance.now() - committed));
    const { failed, failures, roles } = await churned(t, team, postgres, 1000);
    const spelled = windows.map((window) => window.toFixed(0)).join(', ');
    t.comment(`${strategy}: from COMMIT to the published Secret ${spelled} ms`);
    t.equal(windows.length, ROTATIONS, 'each was published once');
    if (strategy === 'AlternatingUsers') {
      t.equal(failed, 0, 'no login failed');
      t.same([...roles.keys()].sort(), [team.role, `${team.role}_alt`], 'both roles were used');
    } else {
      t.same([...failures.keys()], ['28P01'], 'those that failed came with a password of another time');
    }
  });
}

t.test(`Redis: logins during ${ROTATIONS} rotations`, { ...OPTIONS }, async (t) => {
  const redis = await aRedis(t, { acl: [] });
  const team = await aRedisTeam(world, redis, 'churn-redis');
  await untilInStep(team, [controller.daemon]);
  const { failures } = await churned(t, team, redis, 3000);
  t.same(failures, new Map(), 'no login failed');
});
