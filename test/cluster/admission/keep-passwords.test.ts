import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aTeam, type Team } from '../../helpers/cluster/team.ts';

const { cluster } = await aClusterWithLockstep(t);
const example = parse(readFileSync('manifests/examples/keep-passwords/policy.yaml', 'utf8'));
const shop = {
  ...example,
  metadata: { name: 'shop' },
  spec: {
    match: { names: ['app'] },
    precedence: 10,
    keys: {
      DB_PASSWORD: { sensitive: true, onChange: 'Keep' },
      DATABASE_URL: { derive: { template: 'postgresql://app:${DB_PASSWORD}@db:5432/shop' } },
      SIGNING_KEY: { sensitive: true, onChange: 'Refuse' },
    },
  },
};
for (const policy of [example, shop]) {
  await cluster.apply(policy);
  const { name } = policy.metadata;
  await cluster.mustRun(['wait', '--for=condition=Ready', `secretpolicy/${name}`, '--timeout=60s']);
}

const random = (): string => randomBytes(18).toString('base64url');
/** As `{{ randAlphaNum 24 }}` in a template renders it at each upgrade. */
const rendered = (more: Readonly<Record<string, string>> = {}, annotations: object = {}) => {
  const password = random();
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'app', annotations },
    stringData: { DB_PASSWORD: password, DATABASE_URL: `postgresql://app:${password}@db:5432/shop`, ...more },
  };
};
const warningFor = (team: Team, key = 'DB_PASSWORD'): string =>
  `Warning: data[${key}]: keeps its stored value [lockstep/changed]: to change it, set the annotation lockstep.dev/allow-change-until, or run lockstep rotate ${team.namespace}/app if it is the password of a PostgresCredential or RedisCredential\n`;

const UPGRADES = {
  'kubectl apply': 'apply -f -',
  'kubectl apply --server-side': 'apply --server-side --force-conflicts -f -',
  'kubectl replace': 'replace -f -',
};

for (const [title, words] of Object.entries(UPGRADES)) {
  t.test(
    `${title}: a drawn password stays, the URL follows it, and kubectl prints one warning`,
    async (t) => {
      const team = await aTeam(cluster);
      await team.run(words.startsWith('replace') ? 'create -f -' : words, { input: rendered({ MODE: 'a' }) });
      const before = (await team.stored('app'))?.values;
      for (const mode of ['b', 'c', 'd']) {
        const { stderr } = await team.run(words, { input: rendered({ MODE: mode }) });
        t.equal(stderr, warningFor(team), mode);
        t.same((await team.stored('app'))?.values, { ...before, MODE: mode });
      }
    },
  );
}

t.test('an edit that empties or drops the key changes nothing', async (t) => {
  const team = await aTeam(cluster);
  await team.run('create -f -', { input: rendered() });
  const before = (await team.stored('app'))?.values;
  for (const patch of ['{"data":{"DB_PASSWORD":""}}', '{"data":{"DB_PASSWORD":null}}']) {
    const { stderr } = await team.run(`patch secret app -p ${patch}`);
    t.equal(stderr, warningFor(team));
    t.same((await team.stored('app'))?.values, before);
  }
});

t.test('Refuse denies the update, and a consent lets it through until its time', async (t) => {
  const team = await aTeam(cluster);
  await team.run('create -f -', { input: rendered({ SIGNING_KEY: random() }) });
  const before = (await team.stored('app'))?.values;
  const denied = await team.kubectl('apply --server-side --force-conflicts -f -', {
    input: rendered({ SIGNING_KEY: random() }),
  });
  t.match(denied, {
    exitCode: 1,
    stderr:
      /data\[SIGNING_KEY\]: [^\n]*must keep its stored value \[lockstep\/changed\]: to change it, set the annotation lockstep\.dev\/allow-change-until, or run lockstep rotate/,
  });
  t.same((await team.stored('app'))?.values, before);
  const consent = (ms: number) => ({
    'lockstep.dev/allow-change-until': new Date(Date.now() + ms).toISOString(),
  });
  const SIGNING_KEY = random();
  const asked = rendered({ SIGNING_KEY }, consent(3_600_000));
  const { stderr } = await team.run('replace -f -', { input: asked });
  t.equal(stderr, '');
  t.match((await team.stored('app'))?.values, asked.stringData);
  const late = await team.run('replace -f -', { input: rendered({ SIGNING_KEY }, consent(-1000)) });
  t.match(
    late.stderr,
    /data\[DB_PASSWORD\]: keeps its stored value \[lockstep\/changed\]: the annotation lockstep\.dev\/allow-change-until is ignored, because it is in the past/,
  );
  t.match((await team.stored('app'))?.values, asked.stringData);
});

t.test('two writers at once: one change with consent, and none without it', async (t) => {
  const team = await aTeam(cluster);
  await team.run('create -f -', { input: rendered() });
  const hour = new Date(Date.now() + 3_600_000).toISOString();
  const asked = rendered({}, { 'lockstep.dev/allow-change-until': hour });
  // kubectl reads the resourceVersion first, so the later one of two writers can get a conflict.
  const untilReplaced = async (input: object): Promise<void> => {
    for (;;) {
      const { exitCode, stderr } = await team.kubectl('replace -f -', { input });
      if (exitCode === 0) return;
      t.match(stderr, /the object has been modified/);
    }
  };
  await Promise.all([untilReplaced(asked), ...Array.from({ length: 5 }, () => untilReplaced(rendered()))]);
  t.match((await team.stored('app'))?.values, { DB_PASSWORD: asked.stringData.DB_PASSWORD });
});

t.test('the example keeps the keys of public charts, and lets a placeholder go', async (t) => {
  const team = await aTeam(cluster);
  const secret = (password: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'redis' },
    stringData: { 'redis-password': password },
  });
  await team.run('apply -f -', { input: secret('x7Kq2mV9rT') });
  const { stderr } = await team.run('apply -f -', { input: secret('P4nB8sZdLc') });
  t.match(stderr, /data\[redis-password\]: keeps its stored value/);
  t.equal((await team.stored('redis'))?.values['redis-password'], 'x7Kq2mV9rT');
});
