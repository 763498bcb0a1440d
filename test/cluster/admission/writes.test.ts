import t from 'tap';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam, base64, NAME, type Team, withData } from '../../helpers/cluster/team.ts';
import { GOOD, STORY, STORY_URL } from '../../helpers/engine/engine.ts';

const { cluster } = await aClusterWithLockstep(t);

/** What must be stored of the story: all that was written, and the one key that nobody typed. */
const WHOLE = { ...STORY, DATABASE_URL: STORY_URL };
const CHANGED = {
  ...STORY,
  POSTGRES_PASSWORD: GOOD.other,
  DATABASE_URL: STORY_URL.replace(GOOD.password, GOOD.other),
};

const WAYS_IN = {
  create: 'create -f -',
  apply: 'apply -f -',
  'server-side apply': 'apply --server-side -f -',
};

for (const [name, words] of Object.entries(WAYS_IN)) {
  for (const [field, manifest] of Object.entries({ stringData: aManifest(), data: withData(aManifest()) })) {
    t.test(`${name} of ${field} without a DATABASE_URL stores one`, async (t) => {
      const team = await aTeam(cluster);
      const { stdout, stderr } = await team.run(words, { input: manifest });
      t.match(stdout, new RegExp(`^secret/${NAME} (created|serverside-applied)\n$`));
      t.match(stderr, /^Warning: data\[DATABASE_URL\]: was missing, and was added: derived from [^\n]+\n$/);
      t.same((await team.stored())?.values, WHOLE);
    });
  }
}

const WAYS_TO_CHANGE: Record<string, (team: Team) => Promise<unknown>> = {
  apply: (team) => team.run('apply -f -', { input: aManifest({ POSTGRES_PASSWORD: GOOD.other }) }),
  'server-side apply': (team) =>
    team.run('apply --server-side --force-conflicts -f -', {
      input: aManifest({ POSTGRES_PASSWORD: GOOD.other }),
    }),
  // A PUT: it drops what the manifest does not have, the derived key with it.
  replace: (team) => team.run('replace -f -', { input: aManifest({ POSTGRES_PASSWORD: GOOD.other }) }),
  'replace --force': (team) =>
    team.run('replace --force -f -', { input: aManifest({ POSTGRES_PASSWORD: GOOD.other }) }),
  'a strategic merge patch': (team) =>
    team.patch('strategic', { stringData: { POSTGRES_PASSWORD: GOOD.other } }),
  'a merge patch': (team) => team.patch('merge', { data: { POSTGRES_PASSWORD: base64(GOOD.other) } }),
  'a JSON patch': (team) =>
    team.patch('json', [{ op: 'replace', path: '/data/POSTGRES_PASSWORD', value: base64(GOOD.other) }]),
};

for (const [name, change] of Object.entries(WAYS_TO_CHANGE)) {
  t.test(`${name} that changes the password changes the URL`, async (t) => {
    const team = await aTeam(cluster);
    await team.run('apply -f -', { input: aManifest() });
    await change(team);
    t.same((await team.stored())?.values, CHANGED);
  });

  t.test(`${name} keeps a pooler and its options in the URL`, async (t) => {
    const team = await aTeam(cluster);
    const DATABASE_URL = `postgresql+asyncpg://recon:${GOOD.password}@pgbouncer:6432/reconciliation?connection_limit=5`;
    await team.run('create -f -', { input: aManifest({ DATABASE_URL }) });
    await change(team);
    const stored = (await team.stored())?.values.DATABASE_URL;
    const dropped = name.startsWith('replace');
    t.equal(stored, dropped ? CHANGED.DATABASE_URL : DATABASE_URL.replace(GOOD.password, GOOD.other));
  });
}

t.test('a URL that is out of step is put right, and kubectl says which parts differed', async (t) => {
  const team = await aTeam(cluster);
  const DATABASE_URL = STORY_URL.replace(GOOD.password, GOOD.other);
  const { stderr } = await team.run('create -f -', { input: aManifest({ DATABASE_URL }) });
  t.match(stderr, /^Warning: data\[DATABASE_URL\]: [^\n]*password[^\n]*POSTGRES_PASSWORD[^\n]*\n$/);
  t.notMatch(stderr, GOOD.password);
  t.notMatch(stderr, GOOD.other);
  t.same((await team.stored())?.values, WHOLE);
});

t.test('generateName: validated and derived before the Secret has a name', async (t) => {
  const team = await aTeam(cluster);
  const metadata = { name: undefined, generateName: 'backend-' };
  const input = aManifest({ POSTGRES_HOST: 'db' }, { metadata });
  const { stdout } = await team.run('create -f -', { input });
  const name = stdout.match(/^secret\/(backend-\w+) created\n$/)?.[1];
  const expected = `postgresql://recon:${GOOD.password}@db:5432/reconciliation`;
  t.equal((await team.stored(name))?.values.DATABASE_URL, expected);

  const refused = await team.kubectl('create -f -', {
    input: aManifest({ JWT_SECRET: 'CHANGE_ME' }, { metadata }),
  });
  t.equal(refused.exitCode, 1);
  t.match(refused.stderr, /data\[JWT_SECRET\]: is a placeholder \[lockstep\/placeholder\]/);
});

t.test('a dry run shows what would be stored, and stores nothing', async (t) => {
  const team = await aTeam(cluster);
  const { stdout } = await team.run('create --dry-run=server -o json -f -', { input: aManifest() });
  t.equal(JSON.parse(stdout).data.DATABASE_URL, base64(STORY_URL));
  t.equal(await team.stored(), undefined);

  await team.run('apply -f -', { input: aManifest() });
  const before = await team.stored();
  await team.run('apply --dry-run=server -f -', { input: aManifest({ POSTGRES_PASSWORD: GOOD.other }) });
  t.same(await team.stored(), before);
  const refused = await team.kubectl('apply --dry-run=server -f -', {
    input: aManifest({ JWT_SECRET: 'CHANGE_ME' }),
  });
  t.equal(refused.exitCode, 1);
  t.same(await team.stored(), before);
});

t.test('kubectl diff is quiet after an apply', async (t) => {
  const team = await aTeam(cluster);
  await team.run('apply -f -', { input: aManifest() });
  const { stdout, exitCode } = await team.kubectl('diff -f -', { input: withData(aManifest()) });
  t.same({ stdout, exitCode }, { stdout: '', exitCode: 0 });
});

for (const [name, words, input] of [
  ['apply of data', 'apply -f -', withData(aManifest())],
  ['apply of stringData', 'apply -f -', aManifest()],
  ['server-side apply of data', 'apply --server-side -f -', withData(aManifest())],
  ['server-side apply of stringData', 'apply --server-side -f -', aManifest()],
  ['replace', 'replace -f -', aManifest()],
] as const) {
  t.test(`${name}, done twice without a change, writes nothing the second time`, async (t) => {
    const team = await aTeam(cluster);
    await team.run(words.replace('replace', 'create'), { input });
    const before = await team.stored();
    await team.run(words, { input });
    t.same(await team.stored(), before);
  });
}

for (const words of ['apply -f -', 'apply --server-side -f -']) {
  t.test(
    `${words}: a key that is taken out of stringData keeps its value, as without lockstep`,
    async (t) => {
      const team = await aTeam(cluster);
      await team.run(words, { input: aManifest() });
      await team.run(words, {
        input: aManifest({ JWT_REFRESH_SECRET: undefined, POSTGRES_PASSWORD: undefined }),
      });
      t.same((await team.stored())?.values, WHOLE);
    },
  );
}

t.test('two appliers at once: whoever comes last, password and URL agree', async (t) => {
  const team = await aTeam(cluster);
  await team.run('apply -f -', { input: aManifest() });
  const applyOne = (password: string, manager: string) =>
    team.kubectl(`apply --server-side --force-conflicts --field-manager=${manager} -f -`, {
      input: aManifest({ POSTGRES_PASSWORD: password }),
    });
  for (let round = 0; round < 5; round += 1) {
    const [one, other, third] = await Promise.all([
      applyOne(GOOD.password, 'one'),
      applyOne(GOOD.other, 'other'),
      team.patch('merge', { stringData: { POSTGRES_USER: `recon${round}` } }),
    ]);
    t.same(
      [one, other, third].map(({ exitCode }) => exitCode),
      [0, 0, 0],
    );
    const values = (await team.stored())?.values ?? {};
    const { POSTGRES_USER: user, POSTGRES_PASSWORD: password } = values;
    t.ok(password === GOOD.password || password === GOOD.other);
    t.equal(
      values.DATABASE_URL,
      `postgresql://${user}:${password}@postgres-service:5432/reconciliation?sslmode=disable`,
    );
  }
});
