import { randomBytes } from 'node:crypto';
import t from 'tap';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam, base64, NAME } from '../../helpers/cluster/team.ts';
import { GOOD } from '../../helpers/engine/engine.ts';

const { cluster } = await aClusterWithLockstep(t);

const many = (count: number, key: (index: number) => string, value: string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [key(index), value]));

/** No policy but those for any Secret means it. */
const MANY = 'many-keys';

const aSecret = (data: Readonly<Record<string, string>>): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: MANY },
  data,
});

t.test('a placeholder beside hundreds of hostile values is refused', async (t) => {
  for (const value of [
    `cat${'\t'.repeat(4000)}!`,
    `${'deadbeef'.repeat(500)}z`,
    'a\u0301\u0327'.repeat(700),
  ]) {
    const team = await aTeam(cluster);
    const data = {
      ...many(254, (index) => `password${index}`, base64(value)),
      JWT_SECRET: base64('changeme'),
    };
    const refused = await team.kubectl('create -f -', { input: aSecret(data) });
    t.equal(refused.exitCode, 1);
    t.match(refused.stderr, /data\[JWT_SECRET\]: is a placeholder|data: is too large to validate/);
    t.equal(await team.stored(MANY), undefined);
  }
});

t.test('a Secret of 1 MiB in three thousand keys is validated, and goes in', async (t) => {
  const team = await aTeam(cluster);
  const keys = Array.from({ length: 3000 }, (_, index) => [
    `K${index}_PASSWORD`,
    randomBytes(330).toString('base64'),
  ]);
  await team.run('create -f -', { input: aSecret(Object.fromEntries(keys)) });
  t.equal(Object.keys((await team.stored(MANY))?.values ?? {}).length, 3000);
});

t.test('so many keys that they are not validated are refused by one sentence', async (t) => {
  const team = await aTeam(cluster);
  const refused = await team.kubectl('create -f -', {
    input: aSecret(many(60_000, (index) => `k${index}`, '')),
  });
  t.equal(
    refused.stderr,
    `The Secret "${MANY}" is invalid: data: is too large to validate, because it has more than 10,000 keys [lockstep/too-large]: split it into several Secrets (policy no-placeholders)\n`,
  );
  t.equal(await team.stored(MANY), undefined);
});

t.test('of a thousand faults a hundred are printed, and the others are counted', async (t) => {
  const team = await aTeam(cluster);
  const refused = await team.kubectl('create -f -', {
    input: aSecret(many(1000, (index) => `k${index}_password`, base64('changeme'))),
  });
  t.equal(refused.exitCode, 1);
  t.equal(refused.stderr.match(/ is a placeholder /g)?.length, 100);
  t.match(refused.stderr, /\* data: and 900 more\n/);
  t.ok(refused.stderr.length < 64 * 1024);
});

t.test('a Secret that is being deleted is validated where its data changes', async (t) => {
  const team = await aTeam(cluster);
  await team.run('apply --server-side -f -', { input: aManifest({}) });
  await team.run(
    `patch secret ${NAME} --type=merge --patch={"metadata":{"finalizers":["example.com/kept"]}}`,
  );
  await team.run(`delete secret ${NAME} --wait=false`);
  const refused = await team.patch('merge', { stringData: { JWT_SECRET: 'changeme' } });
  t.equal(refused.exitCode, 1);
  t.match(refused.stderr, 'data[JWT_SECRET]: is a placeholder');
  t.equal((await team.patch('merge', { stringData: { POSTGRES_PASSWORD: GOOD.other } })).exitCode, 0);
  t.match((await team.stored())?.values.DATABASE_URL, `:${GOOD.other}@`);
  t.equal((await team.patch('merge', { metadata: { finalizers: [] } })).exitCode, 0);
  t.equal(await team.stored(), undefined);
});

t.test('a correction is not announced where the write is refused', async (t) => {
  const team = await aTeam(cluster);
  await team.run('apply --server-side -f -', { input: aManifest({}) });
  const refused = await team.patch('merge', {
    stringData: { POSTGRES_PASSWORD: GOOD.other, JWT_SECRET: 'changeme' },
  });
  t.equal(refused.exitCode, 1);
  t.notMatch(refused.stderr, 'now follows');
  const corrected = await team.patch('merge', { stringData: { POSTGRES_PASSWORD: GOOD.other } });
  t.equal(corrected.exitCode, 0);
  t.match(corrected.stderr, 'data[DATABASE_URL]: password now follows POSTGRES_PASSWORD');
});
