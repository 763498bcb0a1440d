import { parseEnv } from 'node:util';
import t from 'tap';
import { parse } from 'yaml';
import { run } from '../../../src/commands/program.ts';
import { aCanary, findCanaries } from '../../helpers/canary/canary.ts';
import { lockstep } from '../../helpers/cluster/lockstep.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { GOOD } from '../../helpers/engine/engine.ts';

async function generate(...args: readonly string[]) {
  const shell = aShell();
  const exitCode = await run(['generate', ...args], shell);
  return { exitCode, ...shell.printed };
}

/** Expects no output, exit code 2 and one sentence. */
async function refusal(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await generate(...args);
  t.same({ exitCode, stdout }, { exitCode: 2, stdout: '' }, args.join(' '));
  t.match(stderr, /^lockstep: [^\n]+\n$/);
  return stderr.slice('lockstep: '.length, -1);
}

const POLICY = `apiVersion: lockstep.dev/v1alpha1
kind: SecretPolicy
metadata: { name: shop }
spec:
  match: { names: [shop-*], namespaces: [shop], labelSelector: { matchLabels: { team: shop } } }
  keys:
    API_USER: { required: true }
    API_TOKEN: { required: true, sensitive: true, generate: { bytes: 32, encoding: hex } }
  environments: { test: { API_USER: tester } }
`;
const OTHER = POLICY.replace('name: shop', 'name: other');

t.test('prints a complete Secret, with other values at each run', async (t) => {
  const [one, other] = [await generate(), await generate()];
  t.match(one, { exitCode: 0, stderr: '' });
  const { metadata, stringData } = parse(one.stdout);
  t.same(metadata, { name: 'reconciliation-secrets' });
  t.match(stringData.DATABASE_URL, `:${stringData.POSTGRES_PASSWORD}@postgres-service:`);
  t.notMatch(other.stdout, stringData.POSTGRES_PASSWORD);
});

t.test('applies the given options', async (t) => {
  const { stdout } = await generate(
    ...['--policy', 'reconciliation', '--env', 'development', '--namespace', 'recon'],
    ...['--set', `POSTGRES_PASSWORD=${GOOD.password}=,`, '--set', 'REDIS_URL=redis://cache:6379'],
  );
  const { metadata, stringData } = parse(stdout);
  t.equal(metadata.namespace, 'recon');
  t.equal(stringData.POSTGRES_PASSWORD, `${GOOD.password}=,`);
  t.equal(stringData.REDIS_URL, 'redis://cache:6379');
  t.match(stringData.DATABASE_URL, `:${GOOD.password}%3D%2C@localhost:`);
});

t.test('reads a value from a file without its last newline', async (t) => {
  const file = `${t.testdir({ password: `${GOOD.password}\n` })}/password`;
  const { stdout, stderr } = await generate('--set-file', `POSTGRES_PASSWORD=${file}`);
  t.equal(parse(stdout).stringData.POSTGRES_PASSWORD, GOOD.password);
  t.match(stderr, /^lockstep: data\[POSTGRES_PASSWORD\]: a newline [^\n]+\n$/);
});

t.test('prints the same Secret as JSON and as lines of an env file', async (t) => {
  const json = JSON.parse((await generate('--format', 'json')).stdout);
  const env = parseEnv((await generate('--format', 'env')).stdout);
  t.same(Object.keys(env).sort(), Object.keys(json.stringData).sort());
  t.match(env.DATABASE_URL, `:${env.POSTGRES_PASSWORD}@`);
});

t.test("uses a team's own policy by its file, or by its name among several", async (t) => {
  const dir = t.testdir({ 'shop.yaml': POLICY, 'other.yaml': OTHER });
  const byFile = await generate('--policy', `${dir}/shop.yaml`, '--name', 'shop-1', '--env', 'test');
  const { metadata, stringData } = parse(byFile.stdout);
  t.same(metadata, { name: 'shop-1', namespace: 'shop', labels: { team: 'shop' } });
  t.equal(stringData.API_USER, 'tester');
  t.match(stringData.API_TOKEN, /^[0-9a-f]{64}$/);

  t.match(await refusal('--policy', `${dir}/`, '--name', 'shop-1'), 'name one of other, shop as well');
  const byName = await generate(
    ...['--policy', `${dir}/`, '--policy', 'other', '--name', 'shop-1', '--set', 'API_USER=me'],
  );
  t.equal(parse(byName.stdout).stringData.API_USER, 'me');
});

t.test('refuses a value that check would refuse, with the message of the engine', async (t) => {
  const { exitCode, stdout, stderr } = await generate('--set', 'JWT_SECRET=CHANGE_ME');
  t.same({ exitCode, stdout }, { exitCode: 1, stdout: '' });
  t.match(stderr, /^lockstep: data\[JWT_SECRET\]: is a placeholder \[lockstep\/placeholder\]: set [^\n]+\n$/);
});

t.test('asks for missing values in one sentence', async (t) => {
  const dir = t.testdir({ 'shop.yaml': POLICY });
  const policy = ['--policy', `${dir}/shop.yaml`];
  t.equal(
    await refusal(...policy, '--name', 'shop-1'),
    'nothing says what API_USER must be; give --set API_USER=…',
  );
  t.match(await refusal(...policy), /^--name: give one, .* Secrets named shop-\*, in shop/);
  t.match(
    await refusal(...policy, '--name', 'cart'),
    'does not match the Secret shop/cart; it is for Secrets named shop-*',
  );
  t.match(await refusal('--namespace', 'kube-system'), 'validates nothing in the namespace kube-system');
});

t.test('lists the choices if a name does not exist', async (t) => {
  t.match(await refusal('--policy', 'reconcilation'), 'did you mean reconciliation?');
  t.match(
    await refusal('--policy', 'policies'),
    /among .*jwt-keys, .*; if it is a folder, write \.\/policies$/,
  );
  t.match(await refusal('--policy', './absent.yaml'), 'cannot read policies from ./absent.yaml (ENOENT)');
  t.match(await refusal('--env', 'prod'), 'has no environment prod; it has development');
  t.match(await refusal('--policy', 'jwt-keys', '--policy', 'reconciliation'), 'name one policy');
  t.match(await refusal('--format', 'toml'), 'Allowed choices are yaml, env, json');
});

t.test('keeps a key that almost equals a key of the policy, and warns', async (t) => {
  const { exitCode, stderr } = await generate('--set', `POSTGRES_PASWORD=${GOOD.password}`);
  t.equal(exitCode, 0);
  t.match(stderr, /has no key POSTGRES_PASWORD, which is kept\. Did you mean POSTGRES_PASSWORD\?\n$/);
  t.equal((await generate('--set', 'FEATURE=beta')).stderr, '');
});

t.test('refuses an env file that kubectl and docker would read differently', async (t) => {
  const odd = `--set=NOTE=${GOOD.other}\n${GOOD.key}`;
  t.match(await refusal('--format', 'env', odd), /^NOTE can not be written .*; use --format yaml$/);
  t.equal((await generate(odd)).exitCode, 0);
});

t.test('repeats no value of a misspelt option', async (t) => {
  const value = aCanary();
  const dir = t.testdir({});
  for (const args of [
    ['--set', value],
    ['--set', `=${value}`],
    ['--set', `two words=${value}`],
    ['--set', `${value} =x`],
    ['--set', `..${value}=x`],
    ['--set', `A=${value}`, '--set', `A=${value}`],
    ['--set-file', value],
    ['--set-file', `A=${value}`],
    ['--set-file', `A=${dir}`],
    [`--sett=A=${value}`],
    [`A=${value}`],
  ]) {
    t.same(findCanaries(await refusal(...args), [value]), [], String(args[0]));
  }
  const { stderr, exitCode } = await generate('--set', `POSTGRES_DB=a/${value}`);
  t.equal(exitCode, 1);
  t.same(findCanaries(stderr, [value]), []);
});

t.test(
  'prints a help that fits one screen, and only the manifest on standard output, as a process',
  async (t) => {
    const help = lockstep(t, ['generate', '--help']);
    t.equal(await help.exited, 0);
    t.ok(help.stdout().split('\n').length <= 24);
    const made = lockstep(t, ['generate', '--format', 'json']);
    t.equal(await made.exited, 0);
    t.equal(JSON.parse(made.stdout()).kind, 'Secret');
  },
);

t.test('--name takes a Secret in every form of kubectl', async (t) => {
  const policy = ['--policy', 'postgres-credentials', '--set', 'POSTGRES_HOST=db', '-o', 'json'] as const;
  const placeOf = async (...args: readonly string[]) =>
    JSON.parse((await generate(...policy, ...args)).stdout).metadata;
  t.same(await placeOf('--name', 'shop/app'), { name: 'app', namespace: 'shop' });
  t.same(await placeOf('--name', 'secret/app', '-n', 'shop'), { name: 'app', namespace: 'shop' });
  t.same(await placeOf('--name', 'app'), { name: 'app' });
  t.match(
    (await generate('--name', 'shop/app', '-n', 'cart')).stderr,
    'cart is not the namespace of shop/app',
  );
  t.match((await generate('--name', 'App')).stderr, 'Write the name of a Secret');
});
