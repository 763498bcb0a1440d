import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { tryLogin } from '../../../src/postgres/protocol/login.ts';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { kustomize, type Loose, pick } from '../../helpers/cluster/kustomize.ts';
import { anOfficialImage } from '../../helpers/postgres/official-image.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { aPostgres } from '../../testbed/postgres/postgres.ts';

const EXAMPLES = readdirSync('manifests/examples').sort();

/** The commands of docs/tasks/initialise-a-database.md. */
const GENERATE = [
  ...['generate', '--policy', 'postgres-credentials', '--namespace', 'shop', '--name', 'database'],
  ...['--set', 'POSTGRES_USER=app', '--set', 'POSTGRES_DB=shop', '--set', 'POSTGRES_HOST=postgres'],
];

const lockstep = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  execa(process.execPath, [entryPoint(), ...args], {
    reject: false,
    extendEnv: false,
    env,
    stripFinalNewline: false,
  });

async function generated(): Promise<Readonly<Record<string, string>>> {
  return parse((await lockstep(GENERATE)).stdout).stringData;
}

/** The files of a Secret volume, as the kubelet makes them. */
function mount(t: Test, name: string, data: Readonly<Record<string, string>>): string {
  const folder = join(t.testdirName, name);
  mkdirSync(folder, { recursive: true });
  for (const [key, value] of Object.entries(data)) writeFileSync(join(folder, key), value);
  return folder;
}

/** The command and environment of the container, with its paths moved into the test's folder. */
function started(
  container: Loose,
  paths: Readonly<Record<string, string>>,
  secret: Readonly<Record<string, string>>,
) {
  const moved = (text: string): string =>
    Object.entries(paths).reduce((now, [from, to]) => now.replaceAll(from, to), text);
  const env: Record<string, string> = {};
  for (const { name, value, valueFrom } of container.env as readonly Loose[]) {
    env[name] = moved(value ?? secret[valueFrom.secretKeyRef?.key] ?? '127.0.0.1');
  }
  const args = ((container.args ?? []) as readonly string[]).map((text) =>
    moved(text).replaceAll(/\$\((\w+)\)/g, (_, name: string) => env[name] ?? ''),
  );
  return { args, env };
}

t.test('applies every example to an API server with lockstep', async (t) => {
  const { cluster } = await aClusterWithLockstep(t);
  const shop = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: RESTRICTED } };
  await cluster.apply(shop);
  const secret = await cluster.apply((await lockstep(GENERATE)).stdout);
  t.match(secret, { stdout: 'secret/database created\n', stderr: '' });
  for (const example of EXAMPLES) {
    const items = await kustomize(`manifests/examples/${example}`);
    const { stdout, stderr, exitCode } = await cluster.kubectl(
      ['apply', '--dry-run=server', '--validate=strict', '-f', '-'],
      { input: { apiVersion: 'v1', kind: 'List', items } },
    );
    t.match({ exitCode, stderr }, { exitCode: 0, stderr: '' }, `${example}: ${stdout}${stderr}`);
    t.equal(stdout.trim().split('\n').length, items.length, example);
  }
});

/** With this label the API server warns of a pod that asks for more rights than it needs. */
const RESTRICTED = { 'pod-security.kubernetes.io/warn': 'restricted' };

t.test('starts the example server with the password of its app', async (t) => {
  const [secret, image] = [await generated(), await anOfficialImage(t, undefined, '18/docker')];
  const paths = {
    '/var/lib/postgresql': image.volume,
    '/run/secrets/database': mount(t, 'database', secret),
  };
  const { spec } = pick(await kustomize('manifests/examples/postgres'), 'StatefulSet', 'postgres').spec
    .template;
  const [init, server] = [spec.initContainers[0], spec.containers[0]].map((one) =>
    started(one, paths, secret),
  );
  t.equal(init?.env.PGDATA, image.dataDir);
  t.equal(server?.env.PGDATA, image.dataDir);

  const first = await lockstep(init?.args ?? [], init?.env);
  t.match(first, { exitCode: 0, stdout: /is empty/, stderr: '' });
  t.equal(await image.start(server?.env ?? {}), 'initialised');
  const login = await tryLogin(
    { ...image.service, database: secret.POSTGRES_DB ?? '', tls: { mode: 'disable' } },
    { role: secret.POSTGRES_USER ?? '', password: Sensitive.fromText(secret.POSTGRES_PASSWORD ?? '') },
    { timeout: 10_000 },
  );
  t.same(login, { kind: 'ok', standby: false });

  const second = await lockstep(init?.args ?? [], init?.env);
  t.match(second, { exitCode: 0, stdout: /holds a database of PostgreSQL 18/, stderr: '' });
  for (const { stdout, stderr } of [first, second])
    t.notOk(`${stdout}${stderr}`.includes(secret.POSTGRES_PASSWORD ?? '-'));
});

t.test('creates a database on an existing server by the example Job', async (t) => {
  const server = await aPostgres(t);
  await server.sql(`CREATE ROLE maker LOGIN CREATEROLE CREATEDB PASSWORD 'of the maker'`);
  const secret = { ...(await generated()), POSTGRES_HOST: server.host };
  const paths = {
    '/run/secrets/database': mount(t, 'database', secret),
    '/run/secrets/admin': mount(t, 'admin', { username: 'maker', password: 'of the maker' }),
  };
  const { template } = pick(await kustomize('manifests/examples/new-database'), 'Job', 'init-db').spec;
  const { args, env } = started(template.spec.containers[0], paths, secret);
  const port = ['--port', String(server.port)];
  for (const words of [
    /made role app\n.*made database shop\n/,
    /^lockstep: PostgreSQL at .* lets role app in\n$/,
  ])
    t.match(await lockstep([...args, ...port], env), { exitCode: 0, stdout: words, stderr: '' });
});
