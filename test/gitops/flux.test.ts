import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { aManifest, NAME, type Team, withData } from '../helpers/cluster/team.ts';
import { GOOD, STORY_URL } from '../helpers/engine/engine.ts';
import { type Flux, type FluxIgnore, fluxOn } from '../helpers/gitops/flux.ts';
import { untilSeen } from '../helpers/gitops/seen-derived.ts';
import { aTable } from '../helpers/gitops/table.ts';
import { aWorld, FIELDS, type Field, type World } from '../helpers/gitops/world.ts';
import { blocksOf, readPage, sectionOf } from '../helpers/pages/pages.ts';

// Statements of docs/tasks/flux.md: the code of kustomize-controller applies one Secret of Git.

const row = aTable(t, ['scenario', 'field', 'webhook', 'writes', 'differences', 'result']);

const OTHER_CSRF = [...GOOD.csrf].reverse().join('');
const ROTATED = 'JWT_SECRET';
/** The snippet of the page. */
const [SNIPPET] = blocksOf(sectionOf(await readPage('docs/tasks/flux.md'), '## Keep a key that Git holds'));
const IGNORE: FluxIgnore = parse(SNIPPET?.text ?? '').spec.ignore;
const GENERATES = { metadata: { annotations: { 'lockstep.dev/generate': 'true' } } };
const ANOTHER = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'another' } };
const NOTHING = { writes: 0, differences: 0 };

type Different = Parameters<typeof aManifest>[0];
type More = Parameters<typeof aManifest>[1];

interface Case {
  readonly team: Team;
  readonly flux: Flux;
  readonly world: World;
  /** The Secret as Git holds it, without a derived key. */
  git(different?: Different, more?: More): object;
}

const storedValue = async ({ team }: Case, key: string): Promise<string | undefined> =>
  (await team.stored())?.values[key];

const untilDerived = (one: Case, url = STORY_URL): Promise<void> =>
  one.world.until(
    `DATABASE_URL in ${one.team.namespace}`,
    async () => (await storedValue(one, 'DATABASE_URL')) === url,
  );

/** Syncs a Secret whose derived key is not in Git. Resolves with what Git holds. */
async function applied(t: Test, one: Case, more: More = {}): Promise<object> {
  if (one.world.webhook === 'is silent') {
    t.match(await one.flux.sync([one.git({ DATABASE_URL: STORY_URL }, more)]), { writes: 1 });
    await untilSeen(one.world, one.team);
  }
  const manifest = one.git({}, more);
  t.match(await one.flux.sync([manifest]), { writes: 1, error: undefined });
  await untilDerived(one);
  return manifest;
}

async function rotated(t: Test, one: Case): Promise<string> {
  const before = await storedValue(one, ROTATED);
  const { exitCode, stderr } = await one.world.lockstep(
    'rotate',
    `${one.team.namespace}/${NAME}`,
    '--key',
    ROTATED,
  );
  t.equal(exitCode, 0, stderr);
  await one.world.until('the new value', async () => (await storedValue(one, ROTATED)) !== before);
  return (await storedValue(one, ROTATED)) ?? '';
}

/** Five comparisons, each with a sync, of content that does not change. */
async function fiveSyncs({ flux }: Case, manifest: object, ignore: FluxIgnore = [], settle = async () => {}) {
  let [writes, differences] = [0, 0];
  for (let round = 0; round < 5; round += 1) {
    await settle();
    differences += await flux.drift([manifest], { ignore });
    const sync = await flux.sync([manifest], { ignore });
    if (sync.error !== undefined) throw new Error(sync.error);
    writes += sync.writes;
  }
  return { writes, differences };
}

async function tried(t: Test, world: World, field: Field, flux: (namespace: string) => Flux): Promise<void> {
  const { webhook } = world;
  const git = (different?: Different, more?: More): object => {
    const manifest = aManifest(different, more);
    return field === 'data' ? withData(manifest) : manifest;
  };
  const aCase = async (): Promise<Case> => {
    const team = await world.team();
    return { team, flux: flux(team.namespace), world, git };
  };
  const report = (scenario: string, seen: { writes: number; differences: number }, result = ''): void =>
    row(scenario, field, webhook, seen.writes, seen.differences, result);

  await t.test(
    `G6: ${field}: a steady Secret is not written, and one change in Git is one write`,
    async (t) => {
      const one = await aCase();
      const steady = await fiveSyncs(one, await applied(t, one));
      t.same(steady, NOTHING);
      report('G6 steady, five syncs', steady);
      const changed = one.git({ CSRF_SECRET: OTHER_CSRF });
      t.equal(await one.flux.drift([changed]), 1);
      t.match(await one.flux.sync([changed]), { writes: 1 });
      report('G6 one change in Git', { writes: 1, differences: 1 });
      t.equal(await storedValue(one, 'CSRF_SECRET'), OTHER_CSRF);
      t.same(await fiveSyncs(one, changed), NOTHING);
      const password = one.git({ POSTGRES_PASSWORD: GOOD.other });
      t.match(await one.flux.sync([password]), { writes: 1 });
      await untilDerived(one, STORY_URL.replace(GOOD.password, GOOD.other));
      t.same(await fiveSyncs(one, password), NOTHING, 'the derived key has followed');
    },
  );

  await t.test(`G6: ${field}: a rotated key that Git holds is set back`, async (t) => {
    const one = await aCase();
    const manifest = await applied(t, one, GENERATES);
    t.not(await rotated(t, one), GOOD.key);
    t.equal(await one.flux.drift([manifest]), 1);
    t.match(await one.flux.sync([manifest]), { writes: 1 });
    t.equal(await storedValue(one, ROTATED), GOOD.key);
    report('G6 rotated, without spec.ignore', { writes: 1, differences: 1 }, 'set back');
  });

  await t.test(`G6: ${field}: spec.ignore keeps a rotated key, and corrects the others`, async (t) => {
    const one = await aCase();
    const manifest = await applied(t, one, GENERATES);
    const value = await rotated(t, one);
    const steady = await fiveSyncs(one, manifest, IGNORE);
    t.same(steady, NOTHING);
    report('G6 rotated, with spec.ignore, five syncs', steady, 'kept');

    await one.team.patch('merge', { stringData: { CSRF_SECRET: OTHER_CSRF } });
    t.match(await one.flux.sync([manifest], { ignore: IGNORE }), { writes: 1 });
    t.equal(await storedValue(one, 'CSRF_SECRET'), GOOD.csrf, 'another key is corrected');
    t.equal(await storedValue(one, ROTATED), value, 'and the rotated one stays');

    const changed = one.git({ CSRF_SECRET: OTHER_CSRF }, GENERATES);
    t.match(await one.flux.sync([changed], { ignore: IGNORE }), { writes: 1 });
    t.equal(await storedValue(one, ROTATED), value);
    const again = await rotated(t, one);
    t.same(await fiveSyncs(one, changed, IGNORE), NOTHING, 'after the next rotation too');
    t.equal(await storedValue(one, ROTATED), again);
  });

  await t.test(`G6: ${field}: five syncs with a stale derived key`, async (t) => {
    const one = await aCase();
    const stale = one.git({ POSTGRES_PASSWORD: GOOD.other, DATABASE_URL: STORY_URL });
    await one.flux.sync([one.git({ DATABASE_URL: STORY_URL })]);
    await untilSeen(one.world, one.team);
    t.match(await one.flux.sync([stale]), { writes: 1, error: undefined });
    const corrected = () => untilDerived(one, STORY_URL.replace(GOOD.password, GOOD.other));
    const steady = await fiveSyncs(one, stale, [], corrected);
    report('G6 stale derived key, five syncs', steady);
    if (webhook === 'answers') t.same(steady, NOTHING, 'the dry run passes the webhook');
    else t.same(steady, { writes: 5, differences: 5 }, 'Flux and the controller write in turns');
  });

  await t.test(`G6: ${field}: an immutable Secret that changes in Git needs force`, async (t) => {
    const one = await aCase();
    t.match(await one.flux.sync([one.git({}, { immutable: true })]), { writes: 1 });
    const changed = [ANOTHER, one.git({ CSRF_SECRET: OTHER_CSRF }, { immutable: true })];
    const { error, writes } = await one.flux.sync(changed);
    t.match(error, /immutable/);
    t.equal(writes, 0);
    t.equal(await storedValue(one, 'CSRF_SECRET'), GOOD.csrf);
    t.match(await one.flux.sync(changed, { force: true }), { writes: 2, error: undefined });
    t.equal(await storedValue(one, 'CSRF_SECRET'), OTHER_CSRF);
    report('G6 immutable, with force: the Secret and another object', { writes: 2, differences: 2 });
  });

  await t.test(`G7: ${field}: a derived key that leaves Git is deleted, and derived again`, async (t) => {
    const one = await aCase();
    const own = STORY_URL.replace('postgres-service', 'db');
    await one.flux.sync([one.git({ POSTGRES_HOST: 'db', DATABASE_URL: own })]);
    t.equal(await storedValue(one, 'DATABASE_URL'), own);
    await untilSeen(one.world, one.team);
    const manifest = one.git();
    const sync = await one.flux.sync([manifest]);
    t.match(sync, { writes: 1 });
    await untilDerived(one);
    const steady = await fiveSyncs(one, manifest);
    t.same(steady, NOTHING);
    report('G7 two keys leave Git, then five syncs', { ...steady, writes: sync.writes + steady.writes });
  });

  if (webhook === 'answers')
    await t.test(
      `G8: ${field}: a denied value is in no message, and the next good sync passes`,
      async (t) => {
        const one = await aCase();
        const placeholder = 'changeme-please-12345';
        const { error, writes } = await one.flux.sync([ANOTHER, one.git({ JWT_SECRET: placeholder })]);
        t.match(error, /dry-run failed[\s\S]*JWT_SECRET[\s\S]*\[lockstep\/placeholder\]/);
        for (const value of [placeholder, GOOD.password, GOOD.csrf]) {
          t.notMatch(error, value);
          t.notMatch(error, Buffer.from(value).toString('base64'));
        }
        t.equal(await one.team.stored(), undefined, 'nothing is stored');
        t.equal((await one.team.kubectl('get configmap another')).exitCode, 1, 'of another object neither');
        await applied(t, one);
        report('G8 denied, then good', { writes: writes + 1, differences: 0 }, 'the rule, without the value');
      },
    );
}

for (const webhook of ['answers', 'is silent'] as const)
  await t.test(`the webhook ${webhook}`, async (t) => {
    const world = await aWorld(t, webhook);
    const flux = fluxOn(t, world.cluster);
    for (const field of FIELDS) await tried(t, world, field, flux);
  });
