import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { readManifests } from '../../../src/manifest/read/read.ts';
import { checkOutput } from '../../helpers/commands/commands.ts';

interface Found {
  readonly file: string;
  readonly verdict: string;
  readonly findings: readonly { readonly rule: string; readonly message: string; readonly line: number }[];
}

const secret = (name = 'app', namespace?: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n${namespace === undefined ? '' : `  namespace: ${namespace}\n`}stringData: {NOTE: hello}\n`;

/** `file:line first` of each name that is used twice. */
async function duplicates(
  dir: string,
  files: Readonly<Record<string, string>>,
  paths: readonly string[] = ['.'],
  options = {},
): Promise<readonly string[]> {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  }
  const stdin = async () => new Uint8Array();
  const manifests = {
    read: (from: readonly string[], given: object) =>
      readManifests(from, { namespace: undefined, allowReferences: false, ...given, stdin }),
    bytesOf: stdin,
  };
  const at = paths.map((path) => join(dir, path));
  const { stdout } = await checkOutput(manifests, at, { format: 'json', ...options });
  const { secrets } = JSON.parse(stdout) as { readonly secrets: readonly Found[] };
  t.ok(secrets.every(({ verdict }) => verdict !== 'deny'));
  return secrets.flatMap(({ file, findings }) =>
    findings
      .filter(({ rule }) => rule === 'duplicate-name')
      .map(({ line, message }) => {
        const first = /^has the name of the Secret in (.*), and kubectl keeps only the last one$/.exec(
          message,
        )?.[1];
        return `${file}:${line} ${first}`.replaceAll(`${dir}/`, '');
      }),
  );
}

t.test('a name used twice in one file is a warning with the place of the first', async (t) => {
  const dir = t.testdir();
  t.same(await duplicates(dir, { 'a.yaml': `${secret()}---\n${secret()}---\n${secret('other')}` }), [
    'a.yaml:7 a.yaml:1',
  ]);
});

t.test('an item of a List counts, and default is the namespace of a manifest without one', async (t) => {
  const list = `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: app, namespace: default}}\n`;
  t.same(await duplicates(t.testdir(), { 'a.yaml': secret(), 'b.yaml': list }), ['b.yaml:4 a.yaml:1']);
  const shop = { 'a.yaml': secret('app', 'shop'), 'b.yaml': secret() };
  t.same(await duplicates(t.testdir(), shop), []);
  t.same(await duplicates(t.testdir(), shop, ['.'], { namespace: 'shop' }), ['b.yaml:1 a.yaml:1']);
});

t.test('two files of one folder count, and two folders of one namespace', async (t) => {
  t.same(await duplicates(t.testdir(), { 'a.yaml': secret(), 'b.yaml': secret(), 'c.yaml': secret() }), [
    'b.yaml:1 a.yaml:1',
    'c.yaml:1 a.yaml:1',
  ]);
  const folders = { 'backend/s.yaml': secret('app', 'shop'), 'frontend/s.yaml': secret('app', 'shop') };
  t.same(await duplicates(t.testdir(), folders), ['frontend/s.yaml:1 backend/s.yaml:1']);
});

t.test('a file that is given twice is one', async (t) => {
  const files = { 'a.yaml': `${secret()}---\n${secret('b')}` };
  t.same(await duplicates(t.testdir(), files, ['a.yaml', '.', './a.yaml']), []);
});

t.test('generateName, another namespace and ciphertext do not count', async (t) => {
  const generated = secret().replace('  name: app', '  generateName: app-');
  const sops = `${secret().replace('hello', '"ENC[AES256_GCM,data:x]"')}sops: {mac: x}\n`;
  t.same(await duplicates(t.testdir(), { 'a.yaml': generated, 'b.yaml': generated }), []);
  t.same(await duplicates(t.testdir(), { 'a.yaml': secret('app', 'x'), 'b.yaml': secret('app', 'z') }), []);
  t.same(await duplicates(t.testdir(), { 'a.yaml': secret(), 'b.yaml': sops }), []);
});

t.test('environments, overlays and charts repeat a name on purpose', async (t) => {
  const shop = secret('app', 'shop');
  const other = secret('other', 'shop');
  const layouts: readonly Readonly<Record<string, string>>[] = [
    { 'base/s.yaml': shop, 'overlays/prod/s.yaml': shop, 'overlays/staging/s.yaml': shop },
    { 'dev/s.yaml': shop, 'prod/s.yaml': shop },
    { 'secret.dev.yaml': shop, 'secret.prod.yaml': shop },
    { 'secrets-staging.yaml': shop, 'secrets.yaml': shop },
    { 'eu/s.yaml': secret(), 'us/s.yaml': secret() },
    { 'eu/s.yaml': `${shop}---\n${other}`, 'us/s.yaml': `${shop}---\n${other}` },
    { 'eu/s.yaml': shop, 'us/s.yaml': shop, 'asia/s.yaml': shop },
    { 'a/s.yaml': shop, 'a/kustomization.yaml': 'resources: [s.yaml]\n', 'b/s.yaml': shop },
    { 'a/s.yaml': shop, 'b/c/s.yaml': shop, 'b/Chart.yaml': 'name: b\n' },
  ];
  for (const files of layouts) t.same(await duplicates(t.testdir(), files), [], Object.keys(files).join(' '));
});

t.test(
  'a name in each of hundreds of folders is no report; each of thousands in one file is one',
  async (t) => {
    const files = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`${index}/s.yaml`, secret('app', 'shop')]),
    );
    t.same(await duplicates(t.testdir(), files), []);
    const documents = `${secret()}---\n`.repeat(2_000);
    t.equal((await duplicates(t.testdir(), { 'a.yaml': documents })).length, 1_999);
  },
);
