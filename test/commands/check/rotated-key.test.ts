import t, { type Test } from 'tap';
import { manifestSource } from '../../../src/commands/manifests/source.ts';
import { readManifests } from '../../../src/manifest/read/read.ts';
import { FORMATS } from '../../../src/report/check/formats.ts';
import { checkOutput } from '../../helpers/commands/commands.ts';
import { GOOD } from '../../helpers/engine/engine.ts';

type Files = Readonly<Record<string, string>>;
type Options = Parameters<typeof checkOutput>[2];

async function checked(t: Test, files: Files, options: Options = {}) {
  const stdin = (async function* (): AsyncGenerator<Uint8Array> {})();
  return await checkOutput(manifestSource({ stdin } as never, readManifests), [t.testdir(files)], options);
}

/** `KEY ACTION`, of each key that a sync would set back. */
async function contested(t: Test, files: Files, options: Options = {}): Promise<readonly string[]> {
  const { stdout } = await checked(t, files, { ...options, format: 'json' });
  const { secrets } = JSON.parse(stdout) as {
    secrets: { findings: { rule: string; key: string; action: string }[] }[];
  };
  return secrets
    .flatMap(({ findings }) => findings)
    .filter(({ rule }) => rule === 'rotated-key')
    .map(({ key, action }) => `${key} ${action}`);
}

const secret = (namespace = 'shop', more = '') =>
  `apiVersion: v1\nkind: Secret\nmetadata: { name: app, namespace: ${namespace} }\nstringData:\n  POSTGRES_USER: shop\n  POSTGRES_PASSWORD: ${GOOD.password}\n  POSTGRES_DB: shop\n${more}`;

const credential = (rotation = '{ schedule: "0 3 1 * *" }', more = '') =>
  `apiVersion: lockstep.dev/v1alpha1\nkind: PostgresCredential\nmetadata: { name: login, namespace: shop }\nspec:\n  secretName: app\n  rotation: ${rotation}\n${more}`;

const ALTERNATING = '{ strategy: AlternatingUsers }';
const ADMIN = '  adminSecretName: admin\n  server: { host: db }\n';
const WARNED = ['POSTGRES_PASSWORD Warn'];

t.test('a password in the manifests that a PostgresCredential rotates is a warning', async (t) => {
  t.same(await contested(t, { 'a.yaml': secret(), 'b.yaml': credential() }), WARNED);
  t.same(await contested(t, { 'b.yaml': secret(), 'a.yaml': credential() }), WARNED, 'in each order');
  t.same(
    await contested(t, { 'a.yaml': secret(), 'b.yaml': credential(ALTERNATING, ADMIN) }),
    ['POSTGRES_PASSWORD Audit', 'POSTGRES_USER Audit'],
    'two roles: the name of the user too; without a schedule it is a note',
  );
  const renamed = credential(undefined, '  keys: { password: OTHER_PASSWORD }\n');
  t.same(await contested(t, { 'a.yaml': secret(), 'b.yaml': renamed }), [], 'the manifest lacks its key');
});

t.test('a password in the manifests that a RedisCredential rotates is a warning', async (t) => {
  const files = {
    'a.yaml': secret('shop', `  REDIS_USERNAME: shop\n  REDIS_PASSWORD: ${GOOD.other}\n`),
    'b.yaml': credential().replace('PostgresCredential', 'RedisCredential'),
  };
  t.same(await contested(t, files), ['REDIS_PASSWORD Warn']);
});

t.test('another namespace or another name is not meant', async (t) => {
  t.same(await contested(t, { 'a.yaml': secret('other'), 'b.yaml': credential() }), []);
  const other = credential().replace('secretName: app', 'secretName: another');
  t.same(await contested(t, { 'a.yaml': secret(), 'b.yaml': other }), []);
  const without = (text: string) => text.replace(', namespace: shop', '');
  t.same(
    await contested(
      t,
      { 'a.yaml': without(secret()), 'b.yaml': without(credential()) },
      { namespace: 'shop' },
    ),
    WARNED,
    'both are in the namespace of the command',
  );
});

const policy = (key: string) =>
  `apiVersion: lockstep.dev/v1alpha1\nkind: SecretPolicy\nmetadata: { name: mine }\nspec:\n  match: { names: [app] }\n  keys:\n    ${key}\n`;

t.test('nothing rotates an immutable Secret in place', async (t) => {
  const immutable = secret('shop', 'immutable: true\n');
  t.same(await contested(t, { 'a.yaml': immutable, 'b.yaml': credential() }), []);
});

t.test('a key that a policy rotates, in a Secret that asks for it', async (t) => {
  const keys = `JWT_SECRET: { generate: { length: 48 }, rotate: { schedule: "0 4 1 * *" } }`;
  const files = {
    'policy.yaml': policy(keys),
    'a.yaml': secret('shop', `  JWT_SECRET: ${GOOD.key}\n`).replace(
      'namespace: shop }',
      'namespace: shop, annotations: { lockstep.dev/generate: "true" } }',
    ),
  };
  const options = { policy: [`${t.testdir(files)}/policy.yaml`] };
  t.same(await contested(t, files, options), ['JWT_SECRET Warn']);
  t.same(
    await contested(t, { ...files, 'a.yaml': secret('shop', `  JWT_SECRET: ${GOOD.key}\n`) }, options),
    [],
    'it does not ask',
  );
});

t.test('each way on ends the finding', async (t) => {
  const both = { 'a.yaml': secret(), 'b.yaml': credential() };
  const kept = { ...both, 'policy.yaml': policy('POSTGRES_PASSWORD: { onChange: Keep }') };
  const options = { policy: [`${t.testdir(kept)}/policy.yaml`] };
  t.same(await contested(t, kept, options), [], 'onChange: Keep');

  const flux = (ignore: string) =>
    `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: apps }\nspec:\n  ignore: ${ignore}\n`;
  const argo = (ignored: string, options: string) =>
    `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: apps }\nspec:\n  ignoreDifferences: ${ignored}\n  syncPolicy: { syncOptions: [${options}] }\n`;
  const POINTER = '/data/POSTGRES_PASSWORD';
  const RESPECT = 'RespectIgnoreDifferences=true';
  for (const [text, expected] of [
    [flux(`[{ paths: [${POINTER}], target: { kind: Secret, name: app } }]`), []],
    [flux(`[{ paths: [${POINTER}] }]`), []],
    [flux('[{ paths: [/data] }]'), []],
    [flux(`[{ paths: [${POINTER}], target: { kind: ConfigMap } }]`), WARNED],
    [flux(`[{ paths: [${POINTER}], target: { kind: Secret, name: other } }]`), WARNED],
    [flux('[{ paths: [/data/OTHER] }]'), WARNED],
    [argo(`[{ kind: Secret, jsonPointers: [${POINTER}] }]`, RESPECT), []],
    [argo(`[{ kind: Secret, jsonPointers: [${POINTER}] }]`, 'ServerSideApply=true'), WARNED],
    [argo(`[{ kind: Secret, name: other, jsonPointers: [${POINTER}] }]`, RESPECT), WARNED],
  ] as const)
    t.same(await contested(t, { ...both, 'tool.yaml': text }), expected, text);
});

t.test('every format has it, without a value, and a comment accepts it', async (t) => {
  const files = { 'a.yaml': secret(), 'b.yaml': credential() };
  for (const format of FORMATS) {
    const { stdout, exitCode } = await checked(t, files, { format });
    t.match(
      stdout.replaceAll(/\s+/g, ' '),
      /is in the manifest, and PostgresCredential login rotates it/,
      format,
    );
    t.notMatch(stdout, GOOD.password, format);
    t.equal(exitCode, 0, 'a warning');
  }
  const line = `  POSTGRES_PASSWORD: ${GOOD.password}`;
  const accepted = secret().replace(line, `${line} # lockstep:ignore rotated-key -- a test`);
  t.same(await contested(t, { ...files, 'a.yaml': accepted }), []);
});
