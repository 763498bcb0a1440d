import t from 'tap';
import { findCanaries } from '../../helpers/canary/canary.ts';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam, base64, NAME, type Team, withData } from '../../helpers/cluster/team.ts';
import { GOOD, STORY_URL } from '../../helpers/engine/engine.ts';
import type { KubectlResult } from '../../testbed/cluster/kubectl.ts';
import { until } from '../../testbed/process/until.ts';

const { cluster } = await aClusterWithLockstep(t);

const PLACEHOLDER =
  'is a placeholder [lockstep/placeholder]: set a generated value, e.g. openssl rand -base64 48 (policy reconciliation)';
const MISSING =
  'is missing [lockstep/required]: add it, e.g. openssl rand -base64 48 (policy reconciliation)';

t.test('each fault is one line of a list, and nothing else is printed', async (t) => {
  const team = await aTeam(cluster);
  const input = aManifest({ JWT_SECRET: undefined, JWT_REFRESH_SECRET: 'CHANGE_ME' });
  t.same(await team.kubectl('apply -f -', { input }), {
    stdout: '',
    stderr: [
      `The Secret "${NAME}" is invalid: `,
      `* data[JWT_SECRET]: ${MISSING}`,
      `* data[JWT_REFRESH_SECRET]: ${PLACEHOLDER}`,
      '',
    ].join('\n'),
    exitCode: 1,
  });
  t.equal(await team.stored(), undefined);
});

t.test('one fault is one line', async (t) => {
  const team = await aTeam(cluster);
  const { stderr } = await team.kubectl('create -f -', { input: aManifest({ JWT_SECRET: 'CHANGE_ME' }) });
  t.equal(stderr, `The Secret "${NAME}" is invalid: data[JWT_SECRET]: ${PLACEHOLDER}\n`);
});

t.test('kubectl create secret says the same, for it shows only the message', async (t) => {
  const team = await aTeam(cluster);
  const { stderr, exitCode } = await team.kubectl(
    `create secret generic ${NAME} --from-literal=JWT_SECRET=CHANGE_ME`,
  );
  t.equal(exitCode, 1);
  t.match(stderr, `data[JWT_SECRET]: ${PLACEHOLDER}`);
});

t.test('a command in single quotes, which no shell has run, is refused', async (t) => {
  const team = await aTeam(cluster);
  const input = aManifest({ JWT_SECRET: '$(openssl rand -base64 48)' });
  const { stderr, exitCode } = await team.kubectl('apply -f -', { input });
  t.equal(exitCode, 1);
  t.match(stderr, /data\[JWT_SECRET\]: [^\n]* \[lockstep\/[\w-]+\]: /);
  t.notMatch(stderr, '$(openssl rand -base64 48)');
});

const FAULTS = { POSTGRES_PASSWORD: GOOD.other, JWT_SECRET: 'CHANGE_ME' };
const FAULTY = aManifest(FAULTS);
const WAYS: Record<string, (team: Team) => Promise<KubectlResult>> = {
  'apply of stringData': (team) => team.kubectl('apply -f -', { input: FAULTY }),
  'apply of data': (team) => team.kubectl('apply -f -', { input: withData(FAULTY) }),
  'server-side apply': (team) =>
    team.kubectl('apply --server-side --force-conflicts -f -', { input: FAULTY }),
  replace: (team) => team.kubectl('replace -f -', { input: FAULTY }),
  'a strategic merge patch': (team) => team.patch('strategic', { stringData: FAULTS }),
  'a merge patch': (team) => team.patch('merge', { stringData: FAULTS }),
  'a JSON patch': (team) =>
    team.patch(
      'json',
      Object.entries(FAULTS).map(([key, value]) => ({
        op: 'add',
        path: `/data/${key}`,
        value: base64(value),
      })),
    ),
};

for (const [name, attempt] of Object.entries(WAYS)) {
  t.test(`${name}: a refused change of a stored Secret changes nothing and prints no value`, async (t) => {
    const team = await aTeam(cluster);
    await team.run('apply -f -', { input: aManifest() });
    const before = await team.stored();
    const { stdout, stderr, exitCode } = await attempt(team);
    t.equal(exitCode, 1);
    t.match(stderr, `data[JWT_SECRET]: ${PLACEHOLDER}`);
    t.same(findCanaries(stdout + stderr, [GOOD.other, GOOD.password, 'CHANGE_ME']), []);
    t.same(await team.stored(), before);
  });
}

t.test('a Secret that nobody wrote a policy for is refused for a placeholder, too', async (t) => {
  const team = await aTeam(cluster);
  const { stderr, exitCode } = await team.kubectl(
    'create secret generic mail --from-literal=SMTP_PASSWORD=changeme',
  );
  t.equal(exitCode, 1);
  t.match(stderr, /data\[SMTP_PASSWORD\]: .* \[lockstep\/placeholder\]/);
});

t.test('a Secret without a fault and without a policy goes in as it is', async (t) => {
  const team = await aTeam(cluster);
  await team.run(
    `create secret generic mail --from-literal=SMTP_PASSWORD=${GOOD.key} --from-literal=FROM=a@b.example`,
  );
  t.same((await team.stored('mail'))?.values, { SMTP_PASSWORD: GOOD.key, FROM: 'a@b.example' });
});

t.test('two refused Secrets in one run: server-side apply prints no value', async (t) => {
  const team = await aTeam(cluster);
  const both = (different = {}) => ({
    apiVersion: 'v1',
    kind: 'List',
    items: [aManifest(different), aManifest(different, { metadata: { name: 'another' } })],
  });
  await team.run('apply -f -', { input: both() });
  const values = [GOOD.other, GOOD.password];
  const safe = await team.kubectl('apply --server-side --force-conflicts -f -', { input: both(FAULTS) });
  t.equal(
    safe.stderr.match(/data\[JWT_SECRET\]: is a placeholder .* \(policy (reconciliation|jwt-keys)\)/g)
      ?.length,
    2,
    'both are named',
  );
  t.same(findCanaries(safe.stdout + safe.stderr, values), []);

  // Client-side apply of several prints each patch that was refused, whatever the webhook answers: docs warn of it.
  const unsafe = await team.kubectl('apply -f -', { input: both(FAULTS) });
  t.not(findCanaries(unsafe.stderr, values).length, 0, 'should kubectl mend its ways, the warning can go');
});

t.test('where the mutating call is missing, what it would have mended is refused', async (t) => {
  const team = await aTeam(cluster);
  await cluster.mustRun(['delete', 'mutatingwebhookconfiguration', 'lockstep']);
  const create = (different = {}) => team.kubectl('create -f -', { input: aManifest(different) });
  const underived = /data\[DATABASE_URL\]: is missing \[lockstep\/required\]/;
  await until('a create that nothing was added to', [], async () => {
    const { stderr } = await team.kubectl('create --dry-run=server -f -', { input: aManifest() });
    return underived.test(stderr);
  });
  t.match(await create(), { exitCode: 1, stderr: underived });
  const outOfStep = await create({ DATABASE_URL: STORY_URL.replace(GOOD.password, GOOD.other) });
  t.match(outOfStep, { exitCode: 1, stderr: /data\[DATABASE_URL\]: .*password.* \[lockstep\/mismatch\]/ });
  t.match(await create({ DATABASE_URL: STORY_URL }), { exitCode: 0, stderr: '' });
});
