import t, { type Test } from 'tap';
import type { Team } from '../helpers/cluster/team.ts';
import { type ApplicationOptions, type ArgoCd, applicationOf, argoCdOn } from '../helpers/gitops/argo-cd.ts';
import { fiveSyncs, succeeds } from '../helpers/gitops/argo-cd-steady.ts';
import { now, writesSince } from '../helpers/gitops/count-writes.ts';
import { aTable } from '../helpers/gitops/table.ts';
import {
  EVENTS,
  installTokenPolicy,
  PLACE,
  SETTINGS,
  TOKEN,
  untilSettled,
  valuesOf,
} from '../helpers/gitops/token-policy.ts';
import { aWorld, FIELDS, type Field, inGit, type Webhook, type World } from '../helpers/gitops/world.ts';

// Statements of docs/tasks/argo-cd.md on keys that lockstep has written: after a heal, a rotation and a rollback.

const RECOMMENDED = await applicationOf('## Compare by server-side diff');
const IGNORED = await applicationOf('## Keep a key that Git holds');
/** Under these, no sync changes the key that lockstep has written. */
const CASES: readonly {
  readonly content: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly settings: string;
  readonly options: ApplicationOptions;
  readonly fields: readonly Field[];
}[] = [
  { content: 'without the key', keys: PLACE, settings: 'recommended', options: RECOMMENDED, fields: FIELDS },
  {
    content: 'with the key',
    keys: { ...PLACE, TOKEN, SETTINGS },
    settings: 'ignored',
    options: IGNORED,
    fields: ['data'],
  },
];

const row = aTable(t, [
  'G2',
  'Git',
  'field',
  'settings',
  'webhook',
  'writes/5',
  'differences/5',
  'first sync',
  'kept',
]);

for (const webhook of ['answers', 'is silent'] satisfies readonly Webhook[]) {
  t.test(`the webhook ${webhook}`, async (t) => {
    const world = await aWorld(t, webhook);
    await installTokenPolicy(world);
    const argoCd = argoCdOn(t, world.cluster);
    await keepsKeys(t, world, argoCd);
    await setsKeysBack(t, world, argoCd);
  });
}

async function keepsKeys(t: Test, world: World, argoCd: ArgoCd) {
  const { cluster, webhook } = world;
  for (const [event, happens] of Object.entries(EVENTS)) {
    for (const { content, keys, settings, options, fields } of CASES) {
      for (const field of fields) {
        await t.test(`G2 after ${event}: Git ${content} under ${field}, ${settings}`, async (t) => {
          const team = await world.team();
          const place = { namespace: team.namespace, name: 'app' };
          const application = argoCd(team.namespace, options);
          const git = (different = {}) => [inGit({ ...keys, ...different }, field)];
          await succeeds(application, git());
          await untilSettled(world, team);
          await happens(world, team);
          const { TOKEN: token, SETTINGS: settingsKey } = await valuesOf(team);

          // The first sync may take a field over, without a change of its value.
          const before = await now(cluster, team.namespace);
          t.equal((await application.compare(git())).status, 'Synced');
          await succeeds(application, git());
          const first = await writesSince(cluster, place, before);
          const { writes, differences } = await fiveSyncs(cluster, place, application, git());
          const isKept = (await valuesOf(team)).TOKEN === token;
          row(event, content, field, settings, webhook, writes, differences, first, isKept ? 'yes' : 'no');
          t.same([writes, differences, isKept], [0, 0, true]);
          t.equal((await valuesOf(team)).SETTINGS, settingsKey);

          await changesAnotherKey(t, world, team, { application, git, isInGit: 'SETTINGS' in keys });
          t.equal((await valuesOf(team)).TOKEN, token, 'a change of another key undoes nothing');
        });
      }
    }
  }
}

interface Change {
  readonly application: ReturnType<ArgoCd>;
  readonly git: (different?: object) => readonly object[];
  readonly isInGit: boolean;
}

/** One write with its derived key. If no webhook answers, the controller writes the key, and gives its fields back. */
async function changesAnotherKey(
  t: Test,
  { cluster, webhook, until }: World,
  team: Team,
  { application, git, isInGit }: Change,
): Promise<void> {
  const followed = 'name=shop region=east';
  const changed = git({ REGION: 'east', ...(isInGit ? { SETTINGS: followed } : {}) });
  const start = await now(cluster, team.namespace);
  t.equal((await application.compare(changed)).status, 'OutOfSync');
  await succeeds(application, changed);
  await until('the derived key', async () => (await valuesOf(team)).SETTINGS === followed);
  const writes = await writesSince(cluster, { namespace: team.namespace, name: 'app' }, start);
  t.ok(writes <= (webhook === 'answers' || isInGit ? 1 : 3), `${writes} writes`);
}

async function setsKeysBack(t: Test, world: World, argoCd: ArgoCd) {
  for (const field of FIELDS) {
    await t.test(`G2 Git with the key under ${field}, without an option: Git wins`, async (t) => {
      const { team, application, git } = await rotated(world, argoCd, RECOMMENDED, field);
      t.equal((await application.compare(git())).status, 'OutOfSync');
      await succeeds(application, git());
      t.equal((await valuesOf(team)).TOKEN, TOKEN);
    });

    await t.test(`G3 an ignored key under ${field}: no key is lost`, async (t) => {
      const { team, application, git } = await rotated(world, argoCd, IGNORED, field);
      const before = await valuesOf(team);
      await succeeds(application, git());
      // With stringData, the sync ignores the option: the key has the value of Git again.
      t.same(await valuesOf(team), field === 'data' ? before : { ...before, TOKEN });
    });

    await t.test(`G3 both fields of an ignored key, Git with ${field}: the key stays`, async (t) => {
      const jsonPointers = ['/data/TOKEN', '/stringData/TOKEN'];
      const options = {
        ...IGNORED,
        spec: { ...IGNORED.spec, ignoreDifferences: [{ kind: 'Secret', jsonPointers }] },
      };
      const { team, application, git } = await rotated(world, argoCd, options, field);
      const before = await valuesOf(team);
      await succeeds(application, git());
      const place = { namespace: team.namespace, name: 'app' };
      t.same(await fiveSyncs(world.cluster, place, application, git()), { writes: 0, differences: 0 });
      t.same(await valuesOf(team), before);
    });
  }
}

async function rotated(world: World, argoCd: ArgoCd, options: ApplicationOptions, field: Field) {
  const team = await world.team();
  const application = argoCd(team.namespace, options);
  const git = () => [inGit({ ...PLACE, TOKEN }, field)];
  await succeeds(application, git());
  await untilSettled(world, team);
  await EVENTS['a rotation']?.(world, team);
  return { team, application, git };
}
