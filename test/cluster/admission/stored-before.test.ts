import t from 'tap';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam, base64, NAME } from '../../helpers/cluster/team.ts';
import { GOOD, STORY } from '../../helpers/engine/engine.ts';
import { installLockstep } from '../../testbed/lockstep/lockstep.ts';

// Everything that is wrong here was stored before lockstep came.
const cluster = await aCluster(t);
const OLD = { JWT_SECRET: 'CHANGE_ME', DATABASE_URL: 'postgresql://recon:before@db/reconciliation' };
const [labelled, edited, worse, mended, immutable, deleted] = await Promise.all(
  Array.from({ length: 6 }, () => aTeam(cluster)),
);
for (const team of [labelled!, edited!, worse!, mended!, deleted!]) {
  await team.run('apply -f -', { input: aManifest(OLD) });
}
await immutable!.run('apply -f -', { input: aManifest(OLD, { immutable: true }) });
await installLockstep(cluster);

t.test('a label on an old bad Secret is no reason to refuse or to change it', async (t) => {
  const { stderr } = await labelled!.run(`label secret ${NAME} owner=backend`);
  t.equal(stderr, '');
  const stored = await labelled!.stored();
  t.same(stored?.values, { ...STORY, ...OLD });
  t.same(stored?.labels, { owner: 'backend' });
});

t.test('a change of another key goes in, and the old fault is a warning', async (t) => {
  const patch = { stringData: { FEATURES: 'new-ui' } };
  const { stderr } = await edited!.patch('strategic', patch);
  t.match(stderr, /^Warning: .*data\[JWT_SECRET\].*\[lockstep\/placeholder\]/m);
  t.match(stderr, /data\[DATABASE_URL\]: has another password [^\n]* nothing is changed: see lockstep heal /);
  t.same((await edited!.stored())?.values, { ...STORY, ...OLD, FEATURES: 'new-ui' });
});

t.test('a faulty key that is changed must become good', async (t) => {
  const set = (value: string) => worse!.patch('strategic', { stringData: { JWT_SECRET: value } });
  const refused = await set('CHANGE_ME_TOO');
  t.equal(refused.exitCode, 1);
  t.match(refused.stderr, 'data[JWT_SECRET]: is a placeholder');
  t.equal((await set(GOOD.key)).exitCode, 0);
  t.equal((await worse!.stored())?.values.JWT_SECRET, GOOD.key);
});

t.test('a new password takes the old URL with it, host and all else left', async (t) => {
  const patch = { stringData: { POSTGRES_PASSWORD: GOOD.other } };
  await mended!.patch('strategic', patch);
  const url = (await mended!.stored())?.values.DATABASE_URL;
  t.equal(url, `postgresql://recon:${GOOD.other}@db/reconciliation`);
});

t.test('an immutable Secret takes a label, and its data is the API server’s to refuse', async (t) => {
  await immutable!.run(`label secret ${NAME} owner=backend`);
  t.same((await immutable!.stored())?.values, { ...STORY, ...OLD });
  const patch = { data: { JWT_SECRET: base64(GOOD.key) } };
  const refused = await immutable!.patch('strategic', patch);
  t.equal(refused.exitCode, 1);
  t.match(refused.stderr, 'field is immutable when `immutable` is set');
  t.notMatch(refused.stderr, 'lockstep');
});

t.test('a Secret that is created immutable gets its URL while it can', async (t) => {
  const team = await aTeam(cluster);
  await team.run('create -f -', { input: aManifest({}, { immutable: true }) });
  t.match((await team.stored())?.values, { DATABASE_URL: /^postgresql:\/\/recon:/ });
});

t.test(
  'the manifest of an immutable Secret can be sent again, also if lockstep has corrected it',
  async (t) => {
    for (const url of [undefined, 'postgresql://recon:typed@db/reconciliation']) {
      const team = await aTeam(cluster);
      const manifest = (texts = {}) => ({
        input: aManifest({ ...(url && { DATABASE_URL: url }), ...texts }, { immutable: true }),
      });
      await team.run('apply -f -', manifest());
      const before = await team.stored();
      for (const command of ['replace -f -', 'apply -f -', 'apply --server-side --force-conflicts -f -']) {
        await team.run(command, manifest());
        t.same((await team.stored())?.values, before?.values, command);
      }
      const refused = await team.kubectl('replace -f -', manifest({ FEATURES: 'new-ui' }));
      t.match(refused, { exitCode: 1, stderr: /field is immutable when `immutable` is set/ });
    }
  },
);

t.test('an old bad Secret can be deleted, also while a finalizer holds it', async (t) => {
  const finalizers = { metadata: { finalizers: ['example.com/hold'] } };
  await deleted!.patch('merge', finalizers);
  await deleted!.run(`delete secret ${NAME} --wait=false`);
  const letGo = { metadata: { finalizers: [] } };
  await deleted!.patch('merge', letGo);
  t.equal(await deleted!.stored(), undefined);
});
