import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ROOT } from '../helpers/cluster/lockstep.ts';
import { ARCHITECTURE } from './architecture.ts';
import { buildah, withContainer } from './buildah.ts';
import { architecture, IMAGE, imageConfig } from './container.ts';

interface File {
  readonly path: string;
  readonly mode: string;
  readonly owner: string;
  readonly bytes: number;
}

const MAX_BYTES = 150e6;
const SET_ID_OR_WRITABLE = 0o6022;

const files = await withContainer(IMAGE, async (root) => {
  const paths = readdirSync(root, { recursive: true }) as string[];
  return paths.flatMap((path): File[] => {
    const stat = lstatSync(join(root, path));
    if (stat.isDirectory()) return [];
    t.ok(stat.isFile(), `${path} is a plain file`);
    const mode = (stat.mode & 0o7777).toString(8);
    return [{ path: `/${path}`, mode, owner: `${stat.uid}:${stat.gid}`, bytes: stat.size }];
  });
});
const textOf = (path: string): Promise<string> =>
  withContainer(IMAGE, async (root) => readFileSync(join(root, path), 'utf8'));

t.test('is at most 150 MB', async (t) => {
  const [{ size }] = JSON.parse(await buildah(['images', '--json', IMAGE]));
  t.comment(`${size}, ${files.length} files`);
  t.ok(files.reduce((sum, { bytes }) => sum + bytes, 0) <= MAX_BYTES);
});

t.test('outside of /app there are exactly the files of test/image/files.txt', async (t) => {
  const found = files
    .filter(({ path }) => !path.startsWith('/app/'))
    .map(({ path, mode }) => `${mode} ${onAnyArchitecture(path)}`);
  t.same(found.sort(), linesOf('files.txt'));
});

t.test('below /app there are the build, the policies and the samples of this repository', async (t) => {
  const inRepository = ['dist', 'manifests/policies', 'manifests/samples']
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length)),
    )
    .map(withoutHash);
  const own = ['/LICENSE', '/package.json', '/sbom.cdx.json'];
  const found = files
    .filter(({ path }) => path.startsWith('/app/'))
    .map(({ path }) => withoutHash(path.slice('/app'.length)));
  t.same(found.sort(), [...own, ...inRepository].sort());
});

t.test('no file has setuid, is writable for its user, or is a shell or a package manager', async (t) => {
  for (const { path, mode, owner } of files) {
    t.equal(owner, '0:0', path);
    t.equal(Number.parseInt(mode, 8) & SET_ID_OR_WRITABLE, 0, path);
    t.notMatch(path, /\/(sh|bash|dash|busybox|apt|apt-get|dpkg|npm|npx|corepack|yarn)$/);
  }
});

t.test('has the architecture, the labels of OCI, a user and an entry point', async (t) => {
  const { version, description, license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const { Labels, User, Cmd } = await imageConfig();
  t.equal(await architecture(), ARCHITECTURE.name);
  t.match(Labels, {
    'org.opencontainers.image.title': 'lockstep',
    'org.opencontainers.image.description': description,
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.licenses': license,
    'org.opencontainers.image.source': /^https:/,
    'org.opencontainers.image.documentation': /^https:/,
  });
  t.same([User, Cmd], ['65532:65532', ['serve']]);
  t.match(await textOf('/etc/passwd'), /^lockstep:x:65532:65532:/m);
});

t.test('the CA roots are PEM certificates', async (t) => {
  const pem = await textOf('/etc/ssl/certs/ca-certificates.crt');
  t.ok((pem.match(/-----BEGIN CERTIFICATE-----/g) ?? []).length > 100);
});

t.test(
  'the SBOM lists Node, the Debian packages of the libraries, and the npm packages of the bundle',
  async (t) => {
    const sbom = JSON.parse(await textOf('/app/sbom.cdx.json'));
    t.match(sbom, { bomFormat: 'CycloneDX', metadata: { component: { name: 'lockstep' } } });
    const purls: string[] = sbom.components.flatMap(({ purl }: { purl?: string }) => purl ?? []);
    const named = (type: string) =>
      purls
        .filter((purl) => purl.startsWith(`pkg:${type}/`))
        .map((purl) => purl.split('@')[0]?.split('/').at(-1));
    t.same(named('generic'), ['node']);
    const packages = files.flatMap(({ path }) => path.split('/var/lib/dpkg/status.d/')[1] ?? []).sort();
    t.same(named('deb').sort(), packages);
    const bundled: { name: string }[] = JSON.parse(await textOf('/app/dist/packages.json'));
    t.equal(purls.filter((purl) => purl.startsWith('pkg:npm/')).length, bundled.length);
    t.ok(bundled.some(({ name }) => name === 'fastify'));
    t.notOk(bundled.some(({ name }) => name === 'tap' || name === 'typescript'));
  },
);

/** The loader and the libraries have other paths on arm64. */
function onAnyArchitecture(path: string): string {
  return path
    .replace(/^\/lib\/\w+-linux-gnu\//, '/lib/ARCH-linux-gnu/')
    .replace(/^\/lib(64)?\/ld-linux-.*/, '/lib/ld-linux-ARCH');
}

/** esbuild names a shared chunk by its content. A code cache is for one architecture. */
function withoutHash(path: string): string {
  return path.replace(/-[A-Z0-9]{8}\.js/, '-HASH.js').replace(/-(x64|arm64)\.bin$/, '-ARCH.bin');
}

function linesOf(name: string): string[] {
  return readFileSync(join(import.meta.dirname, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}
