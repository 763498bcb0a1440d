import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { publishedManifest } from '../../../scripts/release/cli-package.ts';
import { krewManifest } from '../../../scripts/release/krew.ts';
import { DOWNLOADS, PACKAGE, REPOSITORY, ROOT, VERSION } from '../../../scripts/release/project.ts';
import { unsupportedNodeMessage } from '../../../src/node-version.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const yaml = (path: string) => parse(read(path));
const IMAGE = REPOSITORY.replace('https://github.com/', 'ghcr.io/');

t.test('one version is in every file that a release is made from', async (t) => {
  const chart = yaml('manifests/helm/Chart.yaml');
  t.same([chart.version, chart.appVersion], [VERSION, VERSION]);
  t.match(chart.annotations['artifacthub.io/images'], `image: ${IMAGE}:${VERSION}\n`);
  t.equal(yaml('action.yml').inputs.version.default, VERSION);
  t.equal(parse(read('templates/check.yml').split('\n---\n')[0] ?? '').spec.inputs.version.default, VERSION);
  t.match(read('Dockerfile'), `org.opencontainers.image.version="${VERSION}"`);
  for (const page of ['README.md', 'docs/reference/supported-versions.md']) {
    const named = read(page).match(/lockstep-\d[\w.]*(?=-npm\.tgz|\.tar\.gz)/g) ?? [];
    t.ok(named.length > 0, page);
    for (const each of named) t.equal(each, `lockstep-${VERSION}`, page);
  }
  const [image] = yaml('manifests/base/kustomization.yaml').images;
  t.same([image.newName, image.newTag], [IMAGE, VERSION]);
});

t.test('one repository is named everywhere', async (t) => {
  const chart = yaml('manifests/helm/Chart.yaml');
  t.same([chart.home, chart.sources], [REPOSITORY, [REPOSITORY]]);
  t.match(read('Dockerfile'), `org.opencontainers.image.source="${REPOSITORY}"`);
  t.ok(PACKAGE.homepage.startsWith(REPOSITORY));
  t.ok(PACKAGE.bugs.startsWith(REPOSITORY));
  for (const page of [
    'SECURITY.md',
    'action.yml',
    'docs/reference/supported-versions.md',
    'docs/tasks/check-in-ci.md',
  ]) {
    const named = read(page).match(/(?:github\.com|ghcr\.io)\/lockstep[\w-]*\/\w+/g) ?? [];
    t.ok(named.length > 0, page);
    for (const each of named) t.match(each, /\/lockstep-dev\/(lockstep|charts)$/);
  }
});

t.test('the npm package names Node, and nothing for development', async (t) => {
  const manifest = publishedManifest();
  t.match(manifest, { name: 'lockstep', version: VERSION, bin: { lockstep: 'dist/lockstep.js' } });
  for (const absent of ['private', 'scripts', 'dependencies', 'devDependencies', 'allowScripts']) {
    t.notOk(Object.hasOwn(manifest, absent), absent);
  }
  const [, minimum = ''] = /^>=(.*)$/.exec(PACKAGE.engines.node ?? '') ?? [];
  t.equal(unsupportedNodeMessage(`${minimum}.0`), undefined);
  t.match(unsupportedNodeMessage('22.18.0'), `needs Node ${minimum}`);
});

t.test('the krew manifest names a file with its digest for each kind of machine', async (t) => {
  const { spec } = parse(krewManifest((file) => `digest of ${file}`));
  t.equal(spec.version, `v${VERSION}`);
  const linux = (arch: string, file: string) => ({
    selector: { matchLabels: { os: 'linux', arch } },
    uri: `${DOWNLOADS}/${file}`,
    sha256: `digest of ${file}`,
    bin: 'lockstep',
  });
  t.match(spec.platforms, [
    linux('amd64', `lockstep-${VERSION}-linux-x64.tar.gz`),
    linux('arm64', `lockstep-${VERSION}-linux-arm64.tar.gz`),
    {
      selector: { matchLabels: { os: 'darwin' } },
      uri: `${DOWNLOADS}/lockstep-${VERSION}.tar.gz`,
      sha256: `digest of lockstep-${VERSION}.tar.gz`,
      bin: 'dist/lockstep.js',
    },
  ]);
});

t.test('no text of others is a part of a script: an expression is a variable of the step', async (t) => {
  for (const path of ['action.yml', '.github/workflows/ci.yml', '.github/workflows/release.yml']) {
    const scripts = scriptsIn(yaml(path));
    t.ok(scripts.length > 1, path);
    for (const script of scripts) t.notMatch(script, /\$\{\{/, path);
  }
});

/** The text of each `run`. */
function scriptsIn(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, inner]) =>
    name === 'run' && typeof inner === 'string' ? [inner] : scriptsIn(inner),
  );
}
