import t, { type Test } from 'tap';
import type { Team } from '../helpers/cluster/team.ts';
import { type ApplicationOptions, type ArgoCd, applicationOf, argoCdOn } from '../helpers/gitops/argo-cd.ts';
import { fiveSyncs, succeeds } from '../helpers/gitops/argo-cd-steady.ts';
import { now, writesSince } from '../helpers/gitops/count-writes.ts';
import { aTable } from '../helpers/gitops/table.ts';
import {
  edit,
  installTokenPolicy,
  PLACE,
  SETTINGS,
  TOKEN,
  untilSettled,
  valuesOf,
} from '../helpers/gitops/token-policy.ts';
import { aWorld, FIELDS, inGit, type World } from '../helpers/gitops/world.ts';

// Statements of docs/tasks/argo-cd.md on syncs, by the sync engine of Argo CD.

const RECOMMENDED = await applicationOf('## Compare by server-side diff');
const withOption = (...syncOptions: readonly string[]): ApplicationOptions => ({
  spec: { syncPolicy: { syncOptions, automated: { prune: true, selfHeal: true } } },
});
const SYNCS: Readonly<Record<string, ApplicationOptions>> = {
  'client-side': withOption(),
  'server-side': { ...RECOMMENDED, ...withOption('ServerSideApply=true') },
  'Replace=true': withOption('Replace=true'),
};
const GIT = { ...PLACE, TOKEN };
const row = aTable(t, ['G4', 'field', 'webhook', 'writes/5', 'differences/5', 'writes after an edit']);

for (const webhook of ['answers', 'is silent'] as const) {
  t.test(`the webhook ${webhook}`, async (t) => {
    const world = await aWorld(t, webhook);
    await installTokenPolicy(world);
    const argoCd = argoCdOn(t, world.cluster);
    for (const [sync, options] of Object.entries(SYNCS)) {
      for (const field of FIELDS) {
        await t.test(`G4 ${sync}, ${field}`, async (t) => {
          const team = await world.team();
          const place = { namespace: team.namespace, name: 'app' };
          const application = argoCd(team.namespace, options);
          const git = [inGit(GIT, field)];
          await succeeds(application, [...git, { ...inGit(PLACE, field), metadata: { name: 'old' } }]);
          await untilSettled(world, team);
          await derivedOf(world, team);

          await succeeds(application, git);
          await world.until('the prune', async () => (await team.stored('old')) === undefined);
          t.ok(await team.stored('lockstep-record-app'), 'the record survives');
          t.ok(await team.stored('owned-derived'), 'the derived Secret survives');

          // Before the five syncs: lockstep suspends a Secret whose corrections are undone too often.
          const writesOfEdit = await takesBack(t, world, team, () => succeeds(application, git));
          const { writes, differences } = await fiveSyncs(world.cluster, place, application, git);
          t.equal(differences, 0, 'no difference');
          // Without a webhook, each replacement drops the derived key, and the controller adds it.
          const isDropped = webhook === 'is silent' && sync === 'Replace=true';
          t.equal(writes > 0, isDropped, `${writes} writes`);

          row(sync, field, webhook, writes, differences, writesOfEdit);

          if (webhook === 'answers') await deniesAndPasses(t, team, application, field);
        });
      }
    }
  });
}

/** A Secret of another controller, whose annotations are copied from an object of the Application. */
async function derivedOf(world: World, team: Team): Promise<void> {
  await team.run('create configmap owner');
  const { metadata } = JSON.parse((await team.run('get configmap owner -o json')).stdout);
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: metadata.uid, controller: true };
  const annotations = {
    'lockstep.dev/derived-secret': 'true',
    'argocd.argoproj.io/tracking-id': `shop:external-secrets.io/ExternalSecret:${team.namespace}/owned`,
  };
  const input = {
    ...inGit(PLACE, 'data'),
    metadata: { name: 'owned', annotations, ownerReferences: [owner] },
  };
  await team.run('create -f -', { input });
  await world.until('the derived Secret', async () => (await team.stored('owned-derived')) !== undefined);
}

/** A base key is edited by hand, and its derived key follows. The next sync restores both. */
async function takesBack(t: Test, world: World, team: Team, sync: () => Promise<void>): Promise<number> {
  await edit(team, { REGION: 'south' });
  await world.until(
    'the edited key',
    async () => (await valuesOf(team)).SETTINGS === 'name=shop region=south',
  );
  const start = await now(world.cluster, team.namespace);
  await sync();
  await world.until('the key of Git', async () => (await valuesOf(team)).SETTINGS === SETTINGS);
  t.match(await valuesOf(team), { ...GIT, SETTINGS }, 'G15 Git wins as a whole');
  return writesSince(world.cluster, { namespace: team.namespace, name: 'app' }, start);
}

async function deniesAndPasses(
  t: Test,
  team: Team,
  application: ReturnType<ArgoCd>,
  field: 'data' | 'stringData',
): Promise<void> {
  const before = await valuesOf(team);
  // A server-side diff is denied before the sync. Argo CD shows the error of the comparison as ComparisonError.
  const message = await application.sync([inGit({ ...GIT, TOKEN: 'changeme' }, field)]).then(
    ({ phase, resources }) => {
      t.equal(phase, 'Failed');
      return (resources ?? []).map((each) => each.message).join('\n');
    },
    (error: Error) => error.message,
  );
  t.match(message, /data\[TOKEN\]: is a placeholder \[lockstep\/placeholder\]/);
  t.notMatch(message, /changeme|Y2hhbmdlbWU/);
  t.same(await valuesOf(team), before);
  await succeeds(application, [inGit(GIT, field)]);
}
