import t, { type Test } from 'tap';
import { helm } from '../helpers/cluster/helm.ts';
import { aManifest, NAME, type Team, withData } from '../helpers/cluster/team.ts';
import { GOOD, STORY_URL } from '../helpers/engine/engine.ts';
import { now, writesSince } from '../helpers/gitops/count-writes.ts';
import { fluxOn } from '../helpers/gitops/flux.ts';
import { untilSeen } from '../helpers/gitops/seen-derived.ts';
import { aTable } from '../helpers/gitops/table.ts';
import { aWorld, FIELDS, type World } from '../helpers/gitops/world.ts';

// Statements of docs/tasks/gitops.md on two writers of one Secret: the code of Flux, helm and kubectl.

const row = aTable(t, ['G15', 'field', 'webhook', 'writes in four turns']);

/** Writes of the Secret in four turns, once each tool has had its first. */
async function inTurns(
  world: World,
  team: Team,
  turns: readonly (() => Promise<unknown>)[],
): Promise<number> {
  for (const turn of turns) await turn();
  await derived(world, team);
  const since = await now(world.cluster, team.namespace);
  for (const turn of [...turns, ...turns]) await turn();
  await derived(world, team);
  return await writesSince(world.cluster, { namespace: team.namespace, name: NAME }, since);
}

const derived = (world: World, team: Team): Promise<void> =>
  world.until('DATABASE_URL', async () => (await team.stored())?.values.DATABASE_URL === STORY_URL);

function chartOf(manifest: object) {
  return {
    'Chart.yaml': 'apiVersion: v2\nname: app\nversion: 0.1.0\n',
    templates: { 'secret.yaml': JSON.stringify(manifest) },
  };
}

function upgrade(t: Test, world: World, { namespace }: Team) {
  const home = t.testdirName;
  const words = ['upgrade', '--install', 'app', `${home}/chart`, '--take-ownership', '-n', namespace];
  return helm(words, home, world.cluster.kubeconfig);
}

for (const webhook of ['answers', 'is silent'] as const)
  await t.test(`the webhook ${webhook}`, async (t) => {
    const world = await aWorld(t, webhook);
    const fluxIn = fluxOn(t, world.cluster);
    for (const field of FIELDS) {
      const git = (different = {}) =>
        field === 'data' ? withData(aManifest(different)) : aManifest(different);
      const manifest = git();
      const aCase = async (t: Test) => {
        const team = await world.team();
        const flux = fluxIn(team.namespace);
        if (webhook === 'is silent') {
          t.match(await flux.sync([git({ DATABASE_URL: STORY_URL })]), { writes: 1 });
          await untilSeen(world, team);
        }
        return { team, flux };
      };

      await t.test(`G15: ${field}: Flux and Helm in turns keep each key`, async (t) => {
        const { team, flux } = await aCase(t);
        t.testdir({ chart: chartOf(manifest) });
        const sync = async () => t.equal((await flux.sync([manifest])).error, undefined);
        const upgraded = async () => {
          const { exitCode, stderr } = await upgrade(t, world, team);
          t.equal(exitCode, 0, stderr);
        };
        const writes = await inTurns(world, team, [sync, upgraded]);
        row('Flux and Helm 4', field, webhook, writes);
        if (field === 'data') t.equal(writes, 0, 'at rest');
        t.match((await team.stored())?.values, { POSTGRES_PASSWORD: GOOD.password, DATABASE_URL: STORY_URL });
      });

      if (webhook === 'answers')
        await t.test(`G15: ${field}: Flux and Helm with a stale derived key`, async (t) => {
          const { team, flux } = await aCase(t);
          const stale = git({ DATABASE_URL: STORY_URL.replace(GOOD.password, GOOD.other) });
          t.testdir({ chart: chartOf(stale) });
          t.match(await flux.sync([stale]), { writes: 1 });
          const { exitCode, stderr } = await upgrade(t, world, team);
          if (field === 'data') t.match(stderr, 'conflict with "kustomize-controller": .data.DATABASE_URL');
          t.equal(exitCode, field === 'data' ? 1 : 0, stderr);
          t.match(await flux.sync([stale]), { writes: 0 });
          t.equal((await team.stored())?.values.DATABASE_URL, STORY_URL);
        });

      await t.test(`G15: ${field}: Flux sets an edit by kubectl back, with its derived key`, async (t) => {
        const { team, flux } = await aCase(t);
        t.match(await flux.sync([manifest]), { writes: 1 });
        await derived(world, team);
        await team.run(
          `patch secret ${NAME} --field-manager=kubectl-edit -p {"stringData":{"POSTGRES_PASSWORD":"${GOOD.other}"}}`,
        );
        t.match(await flux.sync([manifest]), { writes: 1 });
        await derived(world, team);
        t.equal((await team.stored())?.values.POSTGRES_PASSWORD, GOOD.password);
        t.match(await flux.sync([manifest]), { writes: 0 }, 'at rest');
        row('Flux, after kubectl edit', field, webhook, 1);
      });
    }
  });
