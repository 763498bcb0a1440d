import t from 'tap';
import { deviationsOf, stateBefore } from '../../helpers/credential/deviations.ts';
import { aDisturbedController, STRATEGIES } from '../../helpers/credential/disturbed-controller.ts';
import { loginChurn } from '../../helpers/credential/login-churn.ts';
import { stepOf } from '../../helpers/credential/step-of.ts';
import { aWorld, untilInStep } from '../../helpers/credential/world.ts';
import { aPgProxy } from '../../helpers/postgres/pg-proxy.ts';

// Twelve clients log in all the time during the rotations. They see a change up to a second late. `ROTATIONS=10` is the
// proof of a release.
const CLIENTS = 12;
const ROTATIONS = Number(process.env.ROTATIONS ?? 5);
/** Longer than the last client takes to see a change. */
const PROPAGATION = { LOCKSTEP_PROPAGATION_SECONDS: '2' };

const world = await aWorld(t);
const { postgres } = world;
const { api, controller, team: aTeam } = await aDisturbedController(t, world, PROPAGATION);

/** The publication times of a Secret of a namespace. */
const published = new Map<string, () => void>();
api.onAnswer((call, status) => {
  const step = status === 200 ? stepOf(call) : undefined;
  if (step?.name === 'PATCH secrets/app') published.get(step.namespace)?.();
});

// In parallel, each with its own connection to the server: most of the time is the wait for the last client.
t.jobs = STRATEGIES.length;

for (const strategy of STRATEGIES) {
  t.test(
    `${strategy}: logins during ${ROTATIONS} rotations`,
    { timeout: 480_000, buffered: true },
    async (t) => {
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
      const ending = new AbortController();
      t.teardown(() => ending.abort());
      const churning = loginChurn(team, postgres, CLIENTS, ending.signal);
      for (let turn = 1; turn <= ROTATIONS; turn += 1) {
        const before = await stateBefore(team);
        await team.requestChange({ kind: 'rotate' });
        await untilInStep(team, [controller.daemon]);
        t.same(
          await deviationsOf(team, postgres, before, { versions: 1, isChanged: true }),
          [],
          `rotation ${turn}`,
        );
      }
      ending.abort();
      const { logins, failures, roles: used } = await churning;
      const failed = [...failures.values()].reduce((sum, count) => sum + count, 0);
      t.comment(
        `${strategy}: ${failed} of ${logins} logins failed ${JSON.stringify(Object.fromEntries(failures))}`,
      );
      const spelled = windows.map((window) => window.toFixed(0)).join(', ');
      t.comment(`${strategy}: from COMMIT to the published Secret ${spelled} ms`);
      t.equal(windows.length, ROTATIONS, 'each was published once');
      if (strategy === 'AlternatingUsers') {
        t.equal(failed, 0, 'no login failed');
        t.same([...used.keys()].sort(), [team.role, `${team.role}_alt`], 'both roles were used');
      } else {
        t.same([...failures.keys()], ['28P01'], 'those that failed came with a password of another time');
      }
    },
  );
}
