import t from 'tap';
import { base64 } from '../../helpers/admission/review.ts';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';

const MIB = 1024 * 1024;
const { cluster, lockstep } = await aClusterWithLockstep(t);
const SECRETS = '/api/v1/namespaces/default/secrets';

// What is refused here is not refused for being slow, and a busy machine takes long for 18 MB of JSON.
for (const kind of ['mutating', 'validating']) {
  await cluster.request(`/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/lockstep`, {
    method: 'PATCH',
    contentType: 'application/json-patch+json',
    body: JSON.stringify([{ op: 'replace', path: '/webhooks/0/timeoutSeconds', value: 10 }]),
  });
}

/** JSON writes each `<` as six bytes, and the API server does not limit the name of an owner. */
const anOwner = (size: number) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: '<'.repeat(size),
  uid: '7f0b2a52-6e3f-4a0e-9d2b-6d3c1d0f8f11',
});

function aSecret(name: string, owners: readonly object[], values: Record<string, string>): string {
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, base64(value)]));
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, ownerReferences: owners },
    data,
  });
}

const create = (secret: string) => cluster.request(SECRETS, { method: 'POST', body: secret });

async function failedOpen(): Promise<number> {
  const { text } = await cluster.request('/metrics');
  const counts = [...text.matchAll(/^apiserver_admission_webhook_fail_open_count\{[^}]*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

t.test('a placeholder beside megabytes that JSON makes six times as long is refused', async (t) => {
  const before = await failedOpen();
  for (const size of [750_000, 1_250_000, 1.4 * MIB]) {
    const refused = await create(aSecret('large', [anOwner(size)], { JWT_SECRET: 'changeme' }));
    t.equal(refused.status, 422, `${size}`);
    t.match(refused.json().message, /data\[JWT_SECRET\]: is a placeholder/);
  }
  t.equal(await failedOpen(), before);
});

t.test('a Secret as large as etcd takes is created, relabelled and validated by its change', async (t) => {
  const before = await failedOpen();
  const created = await create(aSecret('huge', [anOwner(1.4 * MIB)], { NOTE: 'nothing' }));
  t.equal(created.status, 201);
  const patch = (body: object) =>
    cluster.request(`${SECRETS}/huge`, {
      method: 'PATCH',
      body: JSON.stringify(body),
      contentType: 'application/merge-patch+json',
    });
  t.equal((await patch({ metadata: { labels: { team: 'shop' } } })).status, 200);
  const refused = await patch({ data: { JWT_SECRET: base64('changeme') } });
  t.equal(refused.status, 422);
  t.match(refused.json().message, /data\[JWT_SECRET\]: is a placeholder/);
  t.equal((await patch({ metadata: { ownerReferences: null } })).status, 200);
  t.equal(await failedOpen(), before);
});

t.test('the largest request that the API server takes is read and validated', async (t) => {
  const before = await failedOpen();
  const refused = await create(aSecret('larger', [anOwner(2.9 * MIB)], { JWT_SECRET: 'changeme' }));
  t.equal(refused.status, 422);
  t.match(refused.json().message, /data\[JWT_SECRET\]: is a placeholder/);
  t.notMatch(lockstep.logs(), /"message":"review not read"/);
  t.equal(await failedOpen(), before);
});
