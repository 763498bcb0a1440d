import t from 'tap';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam, NAME, type Team, withData } from '../../helpers/cluster/team.ts';
import { GOOD, STORY_URL } from '../../helpers/engine/engine.ts';

// What docs/tasks/gitops.md#give-a-secret-one-tool says, seen on a real API server with kubectl under two field managers.
const { cluster } = await aClusterWithLockstep(t);

const STALE_URL = STORY_URL.replace(GOOD.password, GOOD.other);
const IN_GIT = {
  'no derived key': aManifest(),
  'a right derived key': aManifest({ DATABASE_URL: STORY_URL }),
  'a stale derived key': aManifest({ DATABASE_URL: STALE_URL }),
};
const STALE = 'a stale derived key';

const byManager = (manager: string) =>
  `apply --server-side --force-conflicts --field-manager=${manager} -f -`;
const ARGO_CD = byManager('argocd-controller');
const FLUX = byManager('kustomize-controller');
/** The words of one sync, and of the `kubectl diff` that compares as it does. */
const TOOLS = {
  'server-side apply': { sync: 'apply --server-side -f -', diff: 'diff --server-side -f -' },
  'kubectl apply': { sync: 'apply -f -', diff: 'diff -f -' },
  'a full PUT': { sync: 'replace -f -', diff: 'diff -f -' },
  'Argo CD': { sync: ARGO_CD, diff: ARGO_CD.replace('apply', 'diff') },
  Flux: { sync: FLUX, diff: FLUX.replace('apply', 'diff') },
};

/** A full PUT without the derived key drops it, so lockstep adds it each time, and says so. */
function warningOf(content: string, sync: string): RegExp {
  if (content === STALE) return /^Warning: data\[DATABASE_URL\]: password now follows/;
  const isDropped = content === 'no derived key' && sync.startsWith('replace');
  return isDropped ? /^Warning: data\[DATABASE_URL\]: was missing, and was added: / : /^$/;
}

for (const [content, manifest] of Object.entries(IN_GIT)) {
  for (const [field, input] of Object.entries({ stringData: manifest, data: withData(manifest) })) {
    for (const [tool, { sync, diff }] of Object.entries(TOOLS)) {
      t.test(`${tool} of ${field} with ${content} comes to rest after the first sync`, async (t) => {
        const team = await aTeam(cluster);
        if (sync.startsWith('replace')) await team.run('create -f -', { input });
        await team.run(sync, { input });
        const first = await team.stored();
        t.equal(first?.values.DATABASE_URL, STORY_URL);

        for (let round = 0; round < 2; round += 1) {
          const { stderr } = await team.run(sync, { input });
          t.match(stderr, warningOf(content, sync));
        }
        t.same(await team.stored(), first, 'nothing was written again');
        const { exitCode, stdout } = await team.kubectl(diff, { input });
        t.equal(exitCode, 0, stdout);
      });
    }
  }
}

t.test('two tools that apply one Secret in turns', async (t) => {
  const versions = async (input: object, name = NAME) => {
    const team = await aTeam(cluster);
    const seen = new Set<string | undefined>();
    await team.run(ARGO_CD, { input });
    for (const words of [FLUX, ARGO_CD, FLUX, ARGO_CD]) {
      await team.run(words, { input });
      seen.add((await team.stored(name))?.resourceVersion);
    }
    return seen.size;
  };
  t.equal(await versions(withData(IN_GIT['no derived key'])), 1, 'rest, when each has had its turn');
  t.equal(await versions(withData(IN_GIT['a right derived key'])), 1);
  t.equal(
    await versions(withData(IN_GIT[STALE])),
    4,
    'with a stale key they take it from each other for ever',
  );

  const plain = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'plain' },
    stringData: { COLOUR: 'x' },
  };
  t.equal(await versions(plain, 'plain'), 4, 'and with stringData too, also where lockstep changes nothing');
});

const POOLED = `postgresql+asyncpg://recon:${GOOD.other}@pgbouncer:6432/reconciliation?connection_limit=5`;
const MENDED = POOLED.replace(GOOD.other, GOOD.password);

t.test(
  'a stale key that is deleted from Git is at rest from the next sync on, which says that it was added',
  async (t) => {
    for (const [tool, { sync, diff }] of Object.entries(TOOLS)) {
      const team = await aTeam(cluster);
      const before = withData(aManifest({ DATABASE_URL: POOLED }));
      if (sync.startsWith('replace')) await team.run('create -f -', { input: before });
      await team.run(sync, { input: before });
      t.equal((await team.stored())?.values.DATABASE_URL, MENDED, 'its own host and options are kept');

      const input = withData(aManifest());
      t.match(
        (await team.run(sync, { input })).stderr,
        /^Warning: data\[DATABASE_URL\]: was missing, and was added: derived from [^\n]*\n$/,
        tool,
      );
      const first = await team.stored();
      t.equal(first?.values.DATABASE_URL, STORY_URL, 'and are gone with it: it is the template again');
      await team.run(sync, { input });
      t.same(await team.stored(), first);
      t.equal((await team.kubectl(diff, { input })).exitCode, 0);
    }
  },
);

t.test('but not under stringData, of which apply deletes nothing', async (t) => {
  for (const sync of ['apply --server-side -f -', 'apply -f -', ARGO_CD, FLUX]) {
    const team = await aTeam(cluster);
    await team.run(sync, { input: aManifest({ DATABASE_URL: POOLED }) });
    await team.run(sync, { input: aManifest() });
    t.equal((await team.stored())?.values.DATABASE_URL, MENDED, sync);
  }
});

t.test('no field manager has the name of lockstep, whatever it wrote', async (t) => {
  for (const manifest of Object.values(IN_GIT)) {
    const team = await aTeam(cluster);
    await team.run(ARGO_CD, { input: withData(manifest) });
    t.same(await managersOf(team), ['argocd-controller']);
  }
});

t.test('a changed password in Git is the one write that it should be', async (t) => {
  const team = await aTeam(cluster);
  await team.run(ARGO_CD, { input: withData(aManifest()) });
  const input = withData(aManifest({ POSTGRES_PASSWORD: GOOD.other }));
  const { exitCode } = await team.kubectl(TOOLS['Argo CD'].diff, { input });
  t.equal(exitCode, 1, 'seen before it is written');
  await team.run(ARGO_CD, { input });
  const first = await team.stored();
  t.equal(first?.values.DATABASE_URL, STALE_URL);
  await team.run(ARGO_CD, { input });
  t.same(await team.stored(), first);
});

t.test('what is changed by hand is taken back as a whole by the next sync', async (t) => {
  const team = await aTeam(cluster);
  const input = withData(aManifest());
  await team.run(ARGO_CD, { input });
  await team.patch('strategic', { stringData: { POSTGRES_PASSWORD: GOOD.other } });
  t.equal((await team.stored())?.values.DATABASE_URL, STALE_URL);
  await team.run(ARGO_CD, { input });
  t.match((await team.stored())?.values, {
    POSTGRES_PASSWORD: GOOD.password,
    DATABASE_URL: STORY_URL,
  });
});

async function managersOf(team: Team): Promise<string[]> {
  const { stdout } = await team.run(`get secret ${NAME} --show-managed-fields -o json`);
  const { managedFields } = JSON.parse(stdout).metadata as { managedFields: { manager: string }[] };
  return managedFields.map(({ manager }) => manager);
}
