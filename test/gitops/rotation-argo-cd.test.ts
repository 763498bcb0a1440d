import t from 'tap';
import { aDisturbedController, MOMENTS, STRATEGIES } from '../helpers/credential/disturbed-controller.ts';
import { finalState } from '../helpers/credential/final-state.ts';
import type { Texts } from '../helpers/credential/team.ts';
import { aWorld, untilInStep } from '../helpers/credential/world.ts';
import { argoCdOn } from '../helpers/gitops/argo-cd.ts';
import { succeeds } from '../helpers/gitops/argo-cd-steady.ts';
import { aTable } from '../helpers/gitops/table.ts';
import { until } from '../testbed/process/until.ts';

// G20 of docs/tasks/argo-cd.md: self-heal of Argo CD before, between and after both writes of a password change.
const world = await aWorld(t);
const { cluster, postgres } = world;
const argoCd = argoCdOn(t, cluster);
const { stepHooks: hooks, controller, team: aTeam } = await aDisturbedController(t, world);
const row = aTable(t, ['G20', 'strategy', 'sync', 'password', 'restarts']);

const SYNCS: Readonly<Record<string, readonly string[]>> = {
  'client-side': [],
  'server-side': ['ServerSideApply=true'],
  'Replace=true': ['Replace=true'],
};

/** The Secret as Git holds it: with the login, and without the derived key. */
const inGit = ({ DATABASE_URL: _, ...stringData }: Texts): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'app' },
  stringData,
});

let namespaces = 0;
for (const strategy of STRATEGIES)
  for (const [sync, syncOptions] of Object.entries(SYNCS))
    t.test(`G20: ${strategy}, ${sync}: self-heal in each moment of a rotation`, async (t) => {
      const tries = Object.entries(MOMENTS).map(async ([moment, step]) => {
        namespaces += 1;
        const namespace = `g20-${namespaces}`;
        const team = await aTeam(namespace, { strategy, pods: 1 });
        const application = argoCd(namespace, {
          spec: { syncPolicy: { syncOptions, automated: { selfHeal: true } } },
        });
        const before = await team.secret();
        const git = [inGit(before)];
        await succeeds(application, git);
        await untilInStep(team, [controller.daemon]);
        const { generation } = (await team.deployment()).metadata;
        let isSynced = false;
        hooks.at(namespace, step, async () => {
          await succeeds(application, git);
          isSynced = true;
        });
        await team.requestChange({ kind: 'rotate' });
        await until(`the sync ${moment} in ${namespace}`, [controller.daemon], async () => isSynced);
        const { kind, misses, sentence } = await finalState(team, postgres, [controller.daemon]);
        t.match({ kind, misses }, { kind: 'in step', misses: [] }, `${moment}: ${sentence}`);
        const after = await team.secret();
        const isBack = after.POSTGRES_PASSWORD === before.POSTGRES_PASSWORD;
        const restarts = (await team.deployment()).metadata.generation - generation;
        t.ok(restarts <= 2, `${moment}: ${restarts} restarts`);
        row(moment, strategy, sync, isBack ? 'earlier' : 'new', restarts);
      });
      await Promise.all(tries);
    });
