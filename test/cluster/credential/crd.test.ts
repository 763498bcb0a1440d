import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { postgresCredentialRules, redisCredentialRules } from '../../../scripts/crd/cel-rules.ts';
import { postgresCredentialCrd, redisCredentialCrd } from '../../../scripts/crd/credentials.ts';
import type { Crd } from '../../../scripts/crd/definition.ts';
import type { Rules } from '../../../scripts/crd/structural-schema.ts';
import type { CredentialResource } from '../../../src/engine/login/credential-schema/compile.ts';
import { type CredentialReport, statusAfter } from '../../../src/engine/login/status/status.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { connect } from '../../../src/kube/client/connect.ts';
import {
  credentialTarget,
  readCredentials,
  writeCredentialStatus,
} from '../../../src/kube/objects/credentials.ts';
import { dryRunPatch, readSecret } from '../../../src/kube/secrets/stored-secrets.ts';
import { watch } from '../../../src/kube/watch/watch.ts';
import { dryRunAt } from '../../helpers/api/dry-run-policy.ts';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { GOOD, STORY } from '../../helpers/engine/engine.ts';
import { aCredentialObject } from '../../helpers/login/postgres-credential.ts';
import { aRedisCredentialObject } from '../../helpers/login/redis-credential.ts';
import { boundarySpecs, invalidSpecs } from '../../helpers/policy/invalid-specs.ts';
import type { KubectlOptions } from '../../testbed/cluster/kubectl.ts';
import { until } from '../../testbed/process/until.ts';

const { cluster } = await aClusterWithLockstep(t);
const api = connect({ kubeconfig: cluster.kubeconfig });
const kubectl = (args: string, options: KubectlOptions = {}) => cluster.kubectl(args.split(' '), options);
const mustRun = (args: string, options: KubectlOptions = {}) => cluster.mustRun(args.split(' '), options);
const tried = (spec: object) =>
  dryRunAt(cluster, 'namespaces/shop/postgrescredentials', { ...aCredentialObject(), spec });

const PATH = '/apis/lockstep.dev/v1alpha1/namespaces/shop/postgrescredentials';
const NEVER = { secretName: 'app', rotation: { schedule: '0 3 30 2 *', timeZone: 'Europe/Bonn' } };

t.before(async () => {
  await mustRun('create namespace shop');
  await until('a PostgresCredential refused by lockstep', [], async () => (await tried(NEVER)).isLockstep);
});

interface Kind {
  readonly crd: Crd;
  readonly rules: Rules;
  readonly anObject: () => object;
  /** A spec that violates each rule of the CRD, and the field with the fault. */
  readonly violations: readonly (readonly [spec: object, place: string])[];
}

/** The rules that both kinds have. */
const VIOLATIONS: Kind['violations'] = [
  [{ adminSecretName: 'app', server: { host: 'db' } }, 'spec.adminSecretName'],
  [{ adminSecretName: 'admin' }, 'spec.adminSecretName'],
  [{ adminSecretName: 'admin', server: { tls: { mode: 'require' } } }, 'spec.adminSecretName'],
  [{ server: { tls: { mode: 'verify-ca' } } }, 'spec.server.tls.mode'],
  [{ server: { tls: { mode: 'require', caSecretName: 'ca' } } }, 'spec.server.tls.caSecretName'],
  [{ server: { port: 5432 } }, 'spec.server.port'],
  [{ rotation: { timeZone: 'Europe/Berlin' } }, 'spec.rotation.timeZone'],
  [{ rotation: { window: '2h' } }, 'spec.rotation.window'],
  [{ keys: { user: 'APP_PASSWORD' } }, 'spec.keys.user'],
];

const KINDS: readonly Kind[] = [
  {
    crd: postgresCredentialCrd,
    rules: postgresCredentialRules,
    anObject: aCredentialObject,
    violations: [
      ...VIOLATIONS,
      [{ adminSecretName: 'admin', server: { host: 'db', auth: ['password'] } }, 'spec.server.auth'],
      [{ rotation: { strategy: 'AlternatingUsers' } }, 'spec.rotation.strategy'],
      [{ keys: { user: 'POSTGRES_DB' } }, 'spec.keys'],
      [{ keys: { database: 'APP_SECRET' } }, 'spec.keys.database'],
      [{ allowedRoles: ['app'] }, 'spec.allowedRoles'],
      [{ copies: [{ secretName: 'app' }] }, 'spec.copies'],
    ],
  },
  {
    crd: redisCredentialCrd,
    rules: redisCredentialRules,
    anObject: aRedisCredentialObject,
    violations: [
      ...VIOLATIONS,
      [{ keys: { password: 'REDIS_USERNAME' } }, 'spec.keys'],
      [{ allowedUsers: ['app'] }, 'spec.allowedUsers'],
    ],
  },
];

for (const { crd, rules, anObject, violations } of KINDS) {
  const tried = (spec: object) => dryRunAt(cluster, `namespaces/shop/${crd.plural}`, { ...anObject(), spec });

  t.test(`${crd.kind}: the API server refuses a value beyond a bound, and names the field`, async (t) => {
    for (const { at, what, spec } of invalidSpecs(crd.spec)) {
      const { status, places, isLockstep, message } = await tried(spec as object);
      t.match({ refused: status >= 400, isLockstep }, { refused: true, isLockstep: false }, `${at}: ${what}`);
      t.ok(
        places.some((place) => place.startsWith(at)),
        `${at}: ${what}: ${message.slice(0, 300)}`,
      );
    }
  });

  t.test(`${crd.kind}: an object at every bound is accepted`, async (t) => {
    for (const { at, what, spec } of boundarySpecs(crd.spec)) {
      const { status, message } = await tried(spec as object);
      t.equal(status, 201, `${at}: ${what}: ${message.slice(0, 300)}`);
    }
  });

  t.test(`${crd.kind}: the API server refuses a violation of a CRD rule with its message`, async (t) => {
    const seen: string[] = [];
    for (const [spec, place] of violations) {
      const { status, places, isLockstep, message } = await tried({ secretName: 'app', ...spec });
      t.match({ status, isLockstep }, { status: 422, isLockstep: false }, place);
      t.ok(places.includes(place), `${place}: ${message}`);
      seen.push(message);
    }
    for (const { message } of Object.values(rules).flat())
      t.ok(
        seen.some((text) => text.includes(message)),
        `tried: ${message}`,
      );
  });

  t.test(`${crd.kind}: lockstep refuses at the apply what the API server does not see`, async (t) => {
    const { status, places, isLockstep } = await tried(NEVER);
    t.match({ status, isLockstep }, { status: 422, isLockstep: true });
    t.same(places, ['spec.rotation.schedule', 'spec.rotation.timeZone']);
  });
}

t.test('lockstep refuses an impossible schedule at the apply, one line for each fault', async (t) => {
  const { exitCode, stderr } = await kubectl('apply -f -', { input: aCredentialObject(NEVER) });
  t.equal(exitCode, 1);
  t.equal(
    stderr,
    [
      'The PostgresCredential "shop" is invalid: ',
      '* spec.rotation.schedule: never comes: no month that it names has such a day [lockstep]',
      '* spec.rotation.timeZone: is no time zone that is known: write e.g. Europe/Berlin [lockstep]',
      '',
    ].join('\n'),
  );
});

t.test(
  'a minimal PostgresCredential gets defaults, is unchanged when applied again, and is explained',
  async (t) => {
    for (const said of ['created', 'unchanged']) {
      const { stdout, stderr } = await mustRun('apply --validate=strict -f -', {
        input: aCredentialObject(),
      });
      t.same([stdout, stderr], [`postgrescredential.lockstep.dev/shop ${said}\n`, '']);
    }
    t.match(JSON.parse((await mustRun('get pgcred shop -n shop -o json')).stdout).spec, {
      keys: { user: 'POSTGRES_USER', password: 'POSTGRES_PASSWORD', database: 'POSTGRES_DB' },
      rotation: { strategy: 'SingleUser' },
      consumers: { restart: true, timeout: '10m' },
      history: 5,
    });
    const { stdout } = await mustRun('explain postgrescredential.spec.rotation');
    t.match(stdout, /a cron schedule of five fields/);
  },
);

t.test('a minimal RedisCredential gets defaults, and kubectl shows its columns', async (t) => {
  await mustRun('apply --validate=strict -f -', { input: aRedisCredentialObject() });
  t.match(JSON.parse((await mustRun('get rediscred shop -n shop -o json')).stdout).spec, {
    keys: { user: 'REDIS_USERNAME', password: 'REDIS_PASSWORD' },
    rotation: {},
    consumers: { restart: true, timeout: '10m' },
    history: 5,
  });
  const [stored] = await readCredentials(api, 'shop', 'RedisCredential');
  if (stored === undefined) throw new Error('it was applied');
  await write(stored, aReport());
  const [head = '', row = ''] = (await mustRun('get rediscred -n shop')).stdout.split('\n');
  t.same(head.split(/ +/), 'NAME SECRET READY SYNCED PHASE VERSION NEXT AGE'.split(' '));
  t.match(row, /^shop +shop-secrets +True +True +Idle +3 +2026-12-01T03:00:00Z +\d+s$/);
  await mustRun('delete rediscred shop -n shop');
});

const aReport = (rest: Partial<CredentialReport> = {}): CredentialReport => ({
  generation: 1,
  version: 3,
  phase: 'Idle',
  lastRotation: new Date('2026-11-01T03:00:04Z'),
  nextRotation: new Date('2026-12-01T03:00:00Z'),
  conditions: [
    { type: 'Ready', status: 'True', reason: 'Available', message: 'all is well' },
    { type: 'Synced', status: 'True', reason: 'LoginVerified', message: 'it opens the server' },
  ],
  ...rest,
});

const write = async (stored: CredentialResource, said: CredentialReport) => {
  const status = statusAfter(stored.status, said, new Date());
  return status && (await writeCredentialStatus(api, stored, status));
};

t.test(
  'the status is written as a whole, for the object that was read, and kubectl get shows it',
  async (t) => {
    const [stored, ...others] = await readCredentials(api, 'shop', 'PostgresCredential');
    if (stored === undefined) throw new Error('it was applied');
    t.same(others, []);
    const written = await write(stored, aReport());
    if (written === undefined) throw new Error('it is there');
    t.equal(await write(written, aReport()), undefined, 'what is stored says the same');
    await t.rejects(write(stored, aReport({ version: 4 })), { code: 'LOCKSTEP_CLUSTER_CONFLICT' });

    const { stdout } = await mustRun('get pgcred -n shop');
    const [head = '', row = ''] = stdout.split('\n');
    t.same(head.split(/ +/), 'NAME SECRET STRATEGY READY SYNCED PHASE VERSION NEXT AGE'.split(' '));
    t.match(row, /^shop +shop-secrets +SingleUser +True +True +Idle +3 +2026-12-01T03:00:00Z +\d+s$/);

    const changed = await write(written, aReport({ phase: 'RollbackApply', nextRotation: undefined }));
    const status = changed?.status as Record<string, unknown>;
    t.match(status, { phase: 'RollbackApply', lastRotation: '2026-11-01T03:00:04Z' });
    t.notOk('nextRotation' in status, 'what is no more is taken away');

    await mustRun('delete pgcred shop -n shop');
    t.equal(
      await write(written, aReport({ version: 9 })),
      undefined,
      'of one that is gone nothing is written',
    );
  },
);

t.test('a recreated PostgresCredential of the same name is another object', async (t) => {
  await mustRun('create -f -', { input: aCredentialObject() });
  const [before] = await readCredentials(api, 'shop', 'PostgresCredential');
  await mustRun('delete pgcred shop -n shop');
  await mustRun('create -f -', { input: aCredentialObject() });
  if (before === undefined) throw new Error('it was made');
  await t.rejects(write(before, aReport()), { code: 'LOCKSTEP_CLUSTER_CONFLICT' });
  await mustRun('delete pgcred shop -n shop');
});

t.test('a dry run of a write passes the admission chain, and stores nothing', async (t) => {
  const data = { ...STORY, DATABASE_URL: `postgresql://recon:${GOOD.password}@db:5432/reconciliation` };
  const metadata = { name: 'app', namespace: 'shop' };
  await mustRun('create -f -', { input: { apiVersion: 'v1', kind: 'Secret', metadata, stringData: data } });
  const place = { namespace: 'shop', name: 'app' };
  const stored = await readSecret(api, place);
  if (stored === undefined) throw new Error('it was made');
  const rehearse = (password: string) =>
    dryRunPatch(api, stored, {
      set: new Map([['POSTGRES_PASSWORD', Sensitive.fromText(password)]]),
      remove: [],
    });
  await rehearse(GOOD.other);
  await t.rejects(rehearse('changeme'), {
    code: 'LOCKSTEP_SECRET_REFUSED',
    message: /shop\/app.*POSTGRES_PASSWORD.*\[lockstep\/placeholder\]/,
  });
  t.equal((await readSecret(api, place))?.resourceVersion, stored.resourceVersion);
  await mustRun('annotate secret app -n shop a=b');
  await t.rejects(rehearse(GOOD.other), { code: 'LOCKSTEP_CLUSTER_CONFLICT' });
});

t.test('a missing CRD is reported once, and looked for again', async (t) => {
  const crd = ['crd', 'postgrescredentials.lockstep.dev'];
  const { stdout } = await mustRun(`get ${crd.join(' ')} -o json`);
  const { apiVersion, kind, metadata, spec } = JSON.parse(stdout);
  await mustRun(`delete ${crd.join(' ')}`);
  await until('no such kind', [], async () => (await cluster.request(PATH)).status === 404);
  t.same(await readCredentials(api, 'shop', 'PostgresCredential'), []);

  const reported: string[] = [];
  const ending = new AbortController();
  const watching = watch(
    api,
    credentialTarget('PostgresCredential'),
    {
      onReplaced: (all) => void reported.push(`${all.length} there`),
      onChanged: ({ name }) => void reported.push(name),
      onRemoved: () => {},
      onConnected: () => void reported.push('connected'),
      onDisconnected: ({ code }) => void reported.push(code),
    },
    { signal: ending.signal, random: Math.random, pause: (_, signal) => sleep(50, undefined, { signal }) },
  );
  await until('it to have looked', [], async () => reported.length >= 2);
  t.same(reported, ['0 there', 'LOCKSTEP_CLUSTER_REFUSED']);
  await mustRun('create -f -', { input: { apiVersion, kind, metadata: { name: metadata.name }, spec } });
  await until('the kind', [], async () => reported.includes('connected'));
  await mustRun('create -f -', { input: aCredentialObject() });
  await until('it to be seen', [], async () => reported.includes('shop'));
  // A kind that is just served may be listed, and its watch be refused once more.
  t.same([...new Set(reported.slice(2))], ['0 there', 'connected', 'shop']);
  ending.abort();
  await watching;
});
