import t from 'tap';
import { aCanary } from '../../helpers/canary/canary.ts';
import { stateBefore } from '../../helpers/credential/deviations.ts';
import { aDisturbedController, phasesOf, STRATEGIES } from '../../helpers/credential/disturbed-controller.ts';
import { finalState } from '../../helpers/credential/final-state.ts';
import { playReadiness, readyByLogin } from '../../helpers/credential/ready-by-login.ts';
import type { Team } from '../../helpers/credential/team.ts';
import { aWorld, untilInStep } from '../../helpers/credential/world.ts';
import { until } from '../../testbed/process/until.ts';

// A person edits the login in the middle of a change. The consumers are ready only as long as their login opens the
// server. A Deployment has ten minutes to become ready, so a change that waits for it would exceed the time limit of
// these tests.
const world = await aWorld(t);
const { cluster, postgres } = world;
const { stepHooks: ambushes, controller, team: aTeam } = await aDisturbedController(t, world);
const readers = playReadiness(t, cluster, postgres);

async function aReadTeam(namespace: string, strategy: 'SingleUser' | 'AlternatingUsers'): Promise<Team> {
  const team = await aTeam(namespace, { strategy, pods: 2, deployment: readyByLogin('api') });
  await until(`the pods of ${namespace}`, [controller.daemon], () => readyIn(namespace) >= 2);
  return team;
}

const readyIn = (namespace: string): number =>
  readers.pods.filter((pod) => pod.namespace === namespace && pod.ready !== undefined).length;

/** The result after a person has edited the password. */
async function wrongWith(team: Team, password: string): Promise<readonly string[]> {
  const { namespace } = team.place;
  const { misses, kind, sentence } = await finalState(team, postgres, [controller.daemon]);
  await until(
    `the pods of ${namespace} to be ready`,
    [controller.daemon],
    () => readers.behind(namespace).length === 0,
  );
  const [secret, record] = [await team.secret(), await team.record()];
  const last = record?.versions.findLast(({ keys }) => keys.includes('POSTGRES_PASSWORD'))?.number ?? 0;
  const refused = readers.pods.filter(
    (pod) => pod.namespace === namespace && pod.version >= last && pod.refusals > 0,
  );
  const { failed } = record?.login ?? {};
  return [
    ...misses,
    ...(kind === 'in step' ? [] : [`${kind}: ${sentence}`]),
    ...(secret.POSTGRES_PASSWORD === password ? [] : ['the edit is lost']),
    ...(failed === undefined ? [] : [`failed: ${failed.reason}`]),
    ...refused.map(
      ({ pod, version }) => `${pod} was restarted for version ${version}, which the server refused`,
    ),
  ];
}

t.jobs = STRATEGIES.length;

for (const strategy of STRATEGIES) {
  const suffix = strategy.toLowerCase();

  t.test(strategy, { buffered: true }, async (t) => {
    t.test(
      `${strategy}: a password that is written in the middle of a rotation takes effect at once`,
      async (t) => {
        await Promise.all(
          phasesOf(strategy).map(async (phase) => {
            const team = await aReadTeam(`during-${suffix}-${phase}`, strategy);
            const password = aCanary(24);
            ambushes.at(team.place.namespace, `record: ${phase}`, () =>
              team.edit({ POSTGRES_PASSWORD: password }),
            );
            await team.requestChange({ kind: 'rotate', after: (await stateBefore(team)).version });
            await until(`the edit in ${phase}`, [controller.daemon], async () =>
              team.passwords.has(password),
            );
            t.same(await wrongWith(team, password), [], phase);
          }),
        );
        t.same(ambushes.pending(suffix), []);
      },
    );

    t.test(`${strategy}: a password written right after the publication takes effect`, async (t) => {
      const team = await aReadTeam(`shown-${suffix}`, strategy);
      const before = await stateBefore(team);
      await team.requestChange({ kind: 'rotate', after: before.version });
      await until('the new password', [controller.daemon], async () => {
        const { POSTGRES_PASSWORD } = await team.secret();
        return POSTGRES_PASSWORD !== before.secret.POSTGRES_PASSWORD;
      });
      const password = aCanary(24);
      await team.edit({ POSTGRES_PASSWORD: password });
      const begun = performance.now();
      t.same(await wrongWith(team, password), []);
      t.comment(`${strategy}: in step ${((performance.now() - begun) / 1000).toFixed(1)} s after the edit`);
    });

    t.test(`${strategy}: a password written right after the change request takes effect`, async (t) => {
      const team = await aReadTeam(`asked-${suffix}`, strategy);
      const { version } = await stateBefore(team);
      const password = aCanary(24);
      await Promise.all([
        team.requestChange({ kind: 'rotate', after: version }),
        team.edit({ POSTGRES_PASSWORD: password }),
      ]);
      t.same(await wrongWith(team, password), []);
    });

    t.test(`${strategy}: the earlier password, and two passwords in a row, take effect`, async (t) => {
      for (const [name, passwords] of [
        ['back', ['']],
        ['twice', [aCanary(24), aCanary(24)]],
      ] as const) {
        const team = await aReadTeam(`${name}-${suffix}`, strategy);
        const { secret, version } = await stateBefore(team);
        const written = passwords.map((password) => password || (secret.POSTGRES_PASSWORD ?? ''));
        ambushes.at(team.place.namespace, 'record: rollout', async () => {
          for (const password of written) await team.edit({ POSTGRES_PASSWORD: password });
        });
        await team.requestChange({ kind: 'rotate', after: version });
        await until('the rotation', [controller.daemon], () => ambushes.pending(suffix).length === 0);
        t.same(await wrongWith(team, written.at(-1) ?? ''), [], name);
      }
    });

    t.test(`${strategy}: another role in the Secret is diverged, and no consumer restarts`, async (t) => {
      const team = await aReadTeam(`stranger-${suffix}`, strategy);
      const { secret, version } = await stateBefore(team);
      ambushes.at(team.place.namespace, 'record: rollout', () =>
        team.edit({ POSTGRES_USER: 'nobody_knows' }),
      );
      await team.requestChange({ kind: 'rotate', after: version });
      await until('the rotation', [controller.daemon], () => ambushes.pending(suffix).length === 0);
      const { kind, misses } = await finalState(team, postgres, [controller.daemon]);
      t.match({ kind, misses }, { kind: 'diverged', misses: [] });
      const restarted = readers.pods.filter(
        ({ namespace, role }) => namespace === team.place.namespace && role === 'nobody_knows',
      );
      t.same(restarted, [], 'nobody has the role that the server does not let in');
      await team.edit({ POSTGRES_USER: secret.POSTGRES_USER ?? '' });
      await untilInStep(team, [controller.daemon]);
      t.same(readers.behind(team.place.namespace), []);
    });
  });
}
