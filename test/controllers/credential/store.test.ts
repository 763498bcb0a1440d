import t from 'tap';
import { credentialStore } from '../../../src/controllers/credential/store.ts';
import {
  type CredentialResource,
  compileCredential,
} from '../../../src/engine/login/credential-schema/compile.ts';
import { notReadyReport } from '../../../src/engine/login/status/conditions.ts';

const aStored = (
  name: string,
  {
    secretName = 'app',
    created = '2026-11-25T12:00:00Z',
    generation = 1,
    uid = name,
    spec = {},
    deletedAt = undefined as Date | undefined,
  } = {},
): CredentialResource => ({
  kind: 'PostgresCredential',
  namespace: 'shop',
  name,
  uid,
  resourceVersion: '7',
  document: {
    apiVersion: 'lockstep.dev/v1alpha1',
    kind: 'PostgresCredential',
    metadata: { namespace: 'shop', name, uid, generation, creationTimestamp: created },
    spec: { secretName, ...spec },
  },
  status: undefined,
  finalizers: [],
  deletedAt,
});

function aStore() {
  const meant: string[] = [];
  const store = credentialStore(compileCredential);
  store.listen({ onSecretChanged: (secret) => meant.push(secret), onReportsChanged: () => {} });
  return { store, meant, taken: () => meant.splice(0) };
}
const APP = { namespace: 'shop', name: 'app' };

t.test(
  'a Secret is reported as changed after another PostgresCredential, or another generation, names it',
  async (t) => {
    const { store, taken } = aStore();
    store.replace('PostgresCredential', [aStored('a')]);
    t.same(taken(), ['shop/app']);
    store.upsert({ ...aStored('a'), status: { phase: 'Idle' } });
    t.same(taken(), [], 'a status changes nothing');
    store.upsert(aStored('a', { generation: 2 }));
    t.same(taken(), ['shop/app']);
    store.upsert(aStored('a', { generation: 3, secretName: 'other' }));
    t.same(taken().sort(), ['shop/app', 'shop/other']);
    t.equal(store.forSecret(APP, undefined), undefined);
    t.equal(store.formerForSecret(APP, undefined)?.name, 'a');
    store.upsert(aStored('a', { generation: 4 }));
    t.equal(store.formerForSecret(APP, undefined), undefined);
    store.remove({ kind: 'PostgresCredential', namespace: 'shop', name: 'a' });
    t.equal(store.forSecret(APP, undefined), undefined);
    t.equal(store.formerForSecret(APP, undefined)?.uid, 'a', 'it may have left half a change');
  },
);

t.test('the older of two PostgresCredentials of one Secret counts, and the other reports it', async (t) => {
  const { store } = aStore();
  store.replace('PostgresCredential', [
    aStored('young', { created: '2026-11-25T13:00:00Z' }),
    aStored('old'),
  ]);
  t.equal(store.forSecret(APP, undefined)?.name, 'old');
  t.match(store.reports(), [
    {
      stored: { name: 'young' },
      report: { conditions: [{ reason: 'DuplicateCredential', message: /PostgresCredential old/ }, {}, {}] },
    },
  ]);
  store.remove({ kind: 'PostgresCredential', namespace: 'shop', name: 'old' });
  t.equal(store.forSecret(APP, undefined)?.name, 'young');
});

t.test('an invalid PostgresCredential is not reconciled, and reports the reason', async (t) => {
  const { store } = aStore();
  store.replace('PostgresCredential', [
    aStored('a', { spec: { rotation: { strategy: 'Sometimes' } } }),
    { ...aStored('b'), document: null },
  ]);
  t.equal(store.forSecret(APP, undefined), undefined);
  t.match(
    store.reports().map(({ report }) => report.conditions[0]),
    [
      { status: 'False', reason: 'Invalid', message: /rotation.strategy/ },
      { status: 'False', reason: 'Invalid' },
    ],
  );
});

t.test('a report is kept until the generation changes', async (t) => {
  const { store } = aStore();
  store.replace('PostgresCredential', [aStored('a')]);
  t.same(store.reports(), []);
  const credential = store.forSecret(APP, undefined);
  if (credential === undefined) throw new Error('it is there');
  const notReady = notReadyReport(credential, {
    type: 'Ready',
    status: 'False',
    reason: 'SecretNotFound',
    message: '',
  });
  store.report(credential, notReady);
  t.match(store.reports(), [{ stored: { name: 'a' }, report: notReady }]);
  store.upsert(aStored('a', { generation: 2 }));
  t.same(store.reports(), []);
});

const DELETED = new Date('2026-11-26T12:00:00Z');

t.test(
  'a PostgresCredential in deletion completes its change, also for a controller that starts later',
  async (t) => {
    const { store, taken } = aStore();
    store.replace('PostgresCredential', [aStored('a', { deletedAt: DELETED })]);
    t.same(taken(), ['shop/app']);
    t.equal(store.forSecret(APP, undefined), undefined, 'nothing new is begun by it');
    t.equal(store.formerForSecret(APP, undefined)?.name, 'a');
    t.match(store.referencing(APP, undefined), [{ name: 'a' }]);
    store.upsert(aStored('a', { deletedAt: DELETED, generation: 2 }));
    t.same(taken(), ['shop/app'], 'somebody has changed it meanwhile');
    t.equal(store.formerForSecret(APP, undefined)?.generation, 2);
    store.remove({ kind: 'PostgresCredential', namespace: 'shop', name: 'a' });
    t.same(store.referencing(APP, undefined), []);
  },
);

t.test('a deletion is a change, and the next PostgresCredential of the Secret takes over', async (t) => {
  const { store, taken } = aStore();
  store.replace('PostgresCredential', [aStored('a'), aStored('b', { created: '2026-11-25T13:00:00Z' })]);
  taken();
  store.upsert(aStored('a', { deletedAt: DELETED }));
  t.same(new Set(taken()), new Set(['shop/app']));
  t.equal(store.forSecret(APP, undefined)?.name, 'b');
  t.same(
    store.referencing(APP, undefined).map(({ name }) => name),
    ['a', 'b'],
  );
  t.same(store.reports(), [], 'neither of them is one too many');
});

t.test('an invalid PostgresCredential is found by its Secret', async (t) => {
  const { store } = aStore();
  store.replace('PostgresCredential', [
    aStored('a', { spec: { rotation: { strategy: 'Sometimes' } }, deletedAt: DELETED }),
  ]);
  t.match(store.referencing(APP, undefined), [{ name: 'a' }]);
  t.equal(store.formerForSecret(APP, undefined), undefined);
});

t.test('the last thousand deleted PostgresCredentials are remembered, and any one in deletion', async (t) => {
  const { store } = aStore();
  store.upsert(aStored('ending', { deletedAt: DELETED }));
  const secretOf = (count: number) => ({ namespace: 'shop', name: `app-${count}` });
  for (let count = 0; count <= 1000; count += 1) {
    store.upsert(aStored(`${count}`, { secretName: `app-${count}` }));
    store.remove({ kind: 'PostgresCredential', namespace: 'shop', name: `${count}` });
  }
  t.equal(store.formerForSecret(secretOf(0), undefined), undefined);
  t.equal(store.formerForSecret(secretOf(1), undefined)?.name, '1');
  t.equal(store.formerForSecret(secretOf(1000), undefined)?.name, '1000');
  t.equal(store.formerForSecret(APP, undefined)?.name, 'ending');
  store.remove({ kind: 'PostgresCredential', namespace: 'shop', name: 'ending' });
  t.equal(store.formerForSecret(APP, undefined)?.name, 'ending', 'somebody has taken its finalizer away');
});

t.test('a Secret has one login of each kind, and objects of two kinds may share a name', async (t) => {
  const { store, taken } = aStore();
  const redis: CredentialResource = { ...aStored('a', { uid: 'r' }), kind: 'RedisCredential' };
  const document = { ...(redis.document as object), kind: 'RedisCredential' };
  store.replace('PostgresCredential', [aStored('a')]);
  store.replace('RedisCredential', [{ ...redis, document }]);
  t.same(taken(), ['shop/app', 'shop/app']);
  t.equal(store.forSecret(APP, undefined)?.uid, 'a');
  t.equal(store.forSecret(APP, 'redis')?.uid, 'r');
  t.match(store.referencing(APP, 'redis'), [{ uid: 'r' }]);
  t.same(store.reports(), [], 'none is a duplicate');
  store.replace('RedisCredential', []);
  t.equal(store.forSecret(APP, undefined)?.uid, 'a');
  t.equal(store.formerForSecret(APP, 'redis')?.uid, 'r');
  store.remove({ kind: 'PostgresCredential', namespace: 'shop', name: 'a' });
  t.equal(store.forSecret(APP, undefined), undefined);
});
