import { randomBytes } from 'node:crypto';
import t from 'tap';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam, NAME, withData } from '../../helpers/cluster/team.ts';
import { GOOD, STORY, STORY_URL } from '../../helpers/engine/engine.ts';

/** core/v1 MaxSecretSize: bytes of all values together. */
const MAX_SECRET_SIZE = 1024 * 1024;

const { cluster } = await aClusterWithLockstep(t);

/** The Secret of the story with a file in it, so that with its derived key it is as large as `size`. */
function ofSize(size: number, different: Record<string, string> = {}): object {
  const others = Object.values({ ...STORY, ...different, DATABASE_URL: STORY_URL });
  const rest = size - others.reduce((sum, value) => sum + value.length, 0);
  const manifest = withData(aManifest(different)) as { data: Record<string, string> };
  return { ...manifest, data: { ...manifest.data, 'truststore.p12': randomBytes(rest).toString('base64') } };
}

t.test('a Secret of 1 MiB is created, and updated, with its URL', async (t) => {
  const team = await aTeam(cluster);
  await team.run('create -f -', { input: ofSize(MAX_SECRET_SIZE) });
  t.equal((await team.stored())?.values.DATABASE_URL, STORY_URL);
  await team.run('replace -f -', { input: ofSize(MAX_SECRET_SIZE, { POSTGRES_PASSWORD: GOOD.other }) });
  t.equal((await team.stored())?.values.DATABASE_URL, STORY_URL.replace(GOOD.password, GOOD.other));
});

t.test('a large Secret with a fault is refused by lockstep, and fast enough to be heard', async (t) => {
  const team = await aTeam(cluster);
  const refused = await team.kubectl('create -f -', {
    input: ofSize(MAX_SECRET_SIZE, { JWT_SECRET: 'CHANGE_ME' }),
  });
  t.equal(refused.exitCode, 1);
  t.match(refused.stderr, 'data[JWT_SECRET]: is a placeholder');
});

t.test(
  'a Secret that the derived key makes too large is refused by the API server in its own words',
  async (t) => {
    const team = await aTeam(cluster);
    const refused = await team.kubectl('create -f -', { input: ofSize(MAX_SECRET_SIZE + 1) });
    t.equal(refused.exitCode, 1);
    t.match(refused.stderr, 'Too long');
    t.equal(await team.stored(), undefined);
  },
);

for (const type of ['helm.sh/release.v1', 'bootstrap.kubernetes.io/token']) {
  t.test(`a Secret of type ${type} goes in untouched, whatever it holds`, async (t) => {
    const team = await aTeam(cluster);
    const values = { POSTGRES_PASSWORD: 'CHANGE_ME', JWT_SECRET: 'changeme', POSTGRES_HOST: 'db' };
    await team.run('apply -f -', { input: aManifest(values, { type }) });
    t.same((await team.stored())?.values, { ...STORY, ...values });
    await team.run(`delete secret ${NAME}`);
  });
}

t.test('a basic-auth Secret is validated as any other', async (t) => {
  const team = await aTeam(cluster);
  const type = 'kubernetes.io/basic-auth';
  const words = `create secret generic login --type=${type} --from-literal=username=app --from-literal=password=`;
  const refused = await team.kubectl(`${words}changeme`);
  t.equal(refused.exitCode, 1);
  t.match(refused.stderr, 'data[password]: ');
  t.equal((await team.kubectl(`${words}${GOOD.password}`)).exitCode, 0);
});
