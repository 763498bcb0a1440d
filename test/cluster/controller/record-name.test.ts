import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { ROOT } from '../../helpers/cluster/lockstep.ts';
import { until } from '../../testbed/process/until.ts';

const cluster = await aCluster(t);
const guard = readFileSync(join(ROOT, 'manifests', 'base', 'record-guard.yaml'), 'utf8');
await cluster.apply(guard);

const SECRETS = '/api/v1/namespaces/default/secrets';
const create = (metadata: object, query = '') =>
  cluster.request(`${SECRETS}${query}`, {
    method: 'POST',
    body: { kind: 'Secret', apiVersion: 'v1', metadata },
  });

await until('the guard', [], async () => {
  const { status } = await create({ name: 'lockstep-record-probe' }, '?dryRun=All');
  return status === 403;
});

t.test('a Secret of another type can not take the name of a record', async (t) => {
  for (const metadata of [
    { name: 'lockstep-record-shop' },
    { generateName: 'lockstep-record-' },
    { generateName: 'lockstep-record-sh' },
  ]) {
    const { status, text } = await create(metadata);
    t.equal(status, 403, JSON.stringify(metadata));
    t.match(text, /is kept for the records of lockstep/);
  }
});

t.test('similar names are free', async (t) => {
  t.equal((await create({ name: 'lockstep-records' })).status, 201);
  t.equal((await create({ generateName: 'shop-' })).status, 201);
});
