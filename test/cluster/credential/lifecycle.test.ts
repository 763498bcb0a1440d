import t from 'tap';
import { aCanary } from '../../helpers/canary/canary.ts';
import { canLogIn, deviationsOf, stateBefore } from '../../helpers/credential/deviations.ts';
import { rejectVersions } from '../../helpers/credential/reject-versions.ts';
import { aTeam, type Loose, type Team, type Texts } from '../../helpers/credential/team.ts';
import { aWorld, conditionOf, untilInStep } from '../../helpers/credential/world.ts';
import { until } from '../../testbed/process/until.ts';

// Edits by users while the controller runs: a password that is changed only in the Secret, and one that the application
// can't use.
const world = await aWorld(t);
const { cluster, postgres, controllers } = world;
const { daemon } = await controllers.lead('controller', { LOCKSTEP_PROPAGATION_SECONDS: '1' });

const podsOf = async ({ place }: Team): Promise<readonly string[]> => {
  const { items } = (await cluster.request(`/api/v1/namespaces/${place.namespace}/pods`)).json();
  return items
    .filter(({ status }: Loose) => status.conditions?.some(isReady))
    .map(({ metadata }: Loose) => metadata.uid)
    .sort();
};
const loginIn = ({ POSTGRES_USER: role = '', POSTGRES_PASSWORD: password = '' }: Texts) => ({
  role,
  password,
});
const isReady = ({ type, status }: Loose): boolean => type === 'Ready' && status === 'True';

for (const strategy of ['SingleUser', 'AlternatingUsers'] as const) {
  t.test(
    `${strategy}: a password that was changed only in the Secret reaches server and consumers`,
    async (t) => {
      const team = await aTeam(world, `edited-${strategy.toLowerCase()}`, { strategy, pods: 3 });
      await untilInStep(team, [daemon]);
      const before = await stateBefore(team);
      const password = aCanary(24);
      const begun = performance.now();
      await team.edit({ POSTGRES_PASSWORD: password });
      await until('the new password in the server', [daemon], async () => {
        const { POSTGRES_USER: role = '' } = await team.secret();
        return canLogIn(postgres, { role, password });
      });
      await untilInStep(team, [daemon]);
      t.comment(`${strategy}: in step ${((performance.now() - begun) / 1000).toFixed(1)} s after the edit`);
      const { number } = (await team.record())?.versions.at(-1) ?? {};
      t.same(
        await deviationsOf(team, postgres, before, {
          versions: (number ?? 0) - before.version,
          isChanged: true,
        }),
        [],
      );
      const { spec } = await team.deployment();
      t.equal(spec.template.metadata.annotations['lockstep.dev/secret-version'], `${number}`);
    },
  );

  t.test(
    `${strategy}: a password with which the pods do not start is rolled back automatically`,
    async (t) => {
      const team = await aTeam(world, `failing-${strategy.toLowerCase()}`, {
        strategy,
        pods: 2,
        deployment: { progressDeadlineSeconds: 5 },
      });
      await untilInStep(team, [daemon]);
      await until('the pods', [daemon], async () => (await podsOf(team)).length === 2);
      const before = await stateBefore(team);
      // The edit, and its publication.
      await rejectVersions(cluster, team.place.namespace, before.version, 2);
      const begun = performance.now();
      await team.edit({ POSTGRES_PASSWORD: aCanary(24) });
      await until(
        'the change to fail',
        [daemon],
        async () => (await team.record())?.login?.failed !== undefined,
      );
      await untilInStep(team, [daemon]);
      t.comment(`${strategy}: back ${((performance.now() - begun) / 1000).toFixed(1)} s after the edit`);
      const { number } = (await team.record())?.versions.at(-1) ?? {};
      t.same(
        await deviationsOf(team, postgres, before, {
          versions: (number ?? 0) - before.version,
          isChanged: false,
        }),
        [],
      );
      t.same(await team.secret(), before.secret, 'the old Secret');
      t.equal((await podsOf(team)).length, 2, 'its pods are up');
      const { status } = await team.deployment();
      t.equal(status.updatedReplicas, 2, 'all of them with what the Secret holds');
      t.equal(conditionOf(await team.credential(), 'Synced'), 'True');
    },
  );
  t.test(`${strategy}: if no new pod starts, the old ones continue with the old password`, async (t) => {
    const team = await aTeam(world, `old-pods-${strategy.toLowerCase()}`, {
      strategy,
      pods: 2,
      deployment: { progressDeadlineSeconds: 5 },
    });
    const { namespace } = team.place;
    await untilInStep(team, [daemon]);
    await until('the pods', [daemon], async () => (await podsOf(team)).length === 2);
    const [before, pods] = [await team.secret(), await podsOf(team)];
    await cluster.mustRun(['create', 'quota', 'full', '--hard=pods=2', '-n', namespace]);
    const begun = performance.now();
    await team.requestChange({ kind: 'rotate' });
    await until('the change to be undone', [daemon], async () => {
      const { change, failed } = (await team.record())?.login ?? {};
      return change === undefined && failed !== undefined;
    });
    t.comment(`${strategy}: back ${((performance.now() - begun) / 1000).toFixed(1)} s after the wish`);
    t.same(await team.secret(), before, 'the old Secret');
    t.ok(await canLogIn(postgres, loginIn(before)), 'the old password');
    t.same(await podsOf(team), pods, 'the old pods');
    await until('it to be told', [daemon], async () => {
      const credential = await team.credential();
      return (
        conditionOf(credential, 'Synced') === 'True' && conditionOf(credential, 'Progressing') === 'False'
      );
    });
  });
}
