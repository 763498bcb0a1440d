import { execa } from 'execa';
import t from 'tap';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aTeam } from '../../helpers/cluster/team.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';

const { cluster } = await aClusterWithLockstep(t);

const generate = async (...args: readonly string[]): Promise<string> =>
  (await execa(process.execPath, [entryPoint(), 'generate', ...args], { stripFinalNewline: false })).stdout;

t.test('prints a Secret that the webhooks store unchanged and without a warning', async (t) => {
  const team = await aTeam(cluster);
  const args = [
    '--policy',
    'reconciliation',
    '--name',
    'reconciliation-secrets',
    '--namespace',
    team.namespace,
  ];
  const manifest = await generate(...args, '--format', 'json');
  const applied = await cluster.apply(manifest);
  t.match(applied, { stdout: 'secret/reconciliation-secrets created\n', stderr: '' });
  t.same((await team.stored())?.values, JSON.parse(manifest).stringData);
});

t.test('prints YAML that kubectl reads correctly, with other values at the next run', async (t) => {
  const team = await aTeam(cluster);
  const odd = [
    'yes',
    '0x1F',
    '12:30',
    '~',
    'a: b # c',
    '"',
    "'",
    'two\nlines\n',
    'tab\there',
    'ü\u2028é\u0085',
  ];
  const set = odd.flatMap((value, index) => ['--set', `ODD_${index}=${value}`]);
  await team.run('apply -f -', { input: await generate('--env', 'development', ...set) });
  const first = (await team.stored())?.values ?? {};
  t.same(
    odd.map((_, index) => first[`ODD_${index}`]),
    odd,
  );
  t.match(first.DATABASE_URL, `:${first.POSTGRES_PASSWORD}@localhost:5432/`);

  await team.run('delete secret reconciliation-secrets');
  await team.run('apply -f -', { input: await generate('--env', 'development') });
  const second = (await team.stored())?.values ?? {};
  for (const key of ['POSTGRES_PASSWORD', 'DATABASE_URL', 'JWT_SECRET', 'JWT_REFRESH_SECRET', 'CSRF_SECRET'])
    t.not(second[key], first[key], key);
});
