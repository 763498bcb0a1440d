import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { rootCertificates } from 'node:tls';
import { nodePackage, type SystemPackage, sbomOfRelease } from '../release/sbom.ts';
import { fieldOf, librariesOf, statusOf } from './debian.ts';

/**
 * `node scripts/image/system-files.ts FOLDER`, in the build stage of the Dockerfile: lays out everything in the image
 * that is not lockstep's own. That is Node, the libraries that it loads, CA roots, a user, and the SBOM.
 */
const root = join(import.meta.dirname, '..', '..');
const target = process.argv[2];
if (target === undefined) throw new Error('name the folder to fill');

/** The user of the Deployments: runAsUser in manifests/base. */
const USER = 'lockstep:x:65532:65532:lockstep:/nonexistent:/nonexistent\n';

function place(path: string): string {
  const to = join(target as string, path);
  mkdirSync(dirname(to), { recursive: true });
  return to;
}

function copy(from: string, path = from): void {
  copyFileSync(from, place(path));
}

function write(path: string, text: string): void {
  writeFileSync(place(path), text);
  chmodSync(place(path), 0o644);
}

const NODE = '/usr/local/bin/node';
copy(process.execPath, NODE);
// 33 MB of symbols, which only a debugger reads.
execFileSync('strip', [place(NODE)]);
chmodSync(place(NODE), 0o755);
copy('/usr/local/LICENSE', '/usr/share/doc/nodejs/LICENSE');

const libraries = librariesOf(process.execPath);
for (const { path } of libraries) copy(path);
const system: SystemPackage[] = [nodePackage(process.versions.node)];

copy('/etc/os-release');
const osRelease = new Map(
  readFileSync('/etc/os-release', 'utf8')
    .split('\n')
    .map((line) => line.replaceAll('"', '').split('=', 2) as [string, string]),
);
const distribution = { name: osRelease.get('ID') ?? '', version: osRelease.get('VERSION_ID') ?? '' };
system.push({ type: 'operating-system', ...distribution });

for (const name of [...new Set(libraries.map(({ debianPackage }) => debianPackage))].sort()) {
  const status = statusOf(name);
  const [bare, version] = [fieldOf(status, 'Package'), fieldOf(status, 'Version')];
  const qualifiers = `arch=${fieldOf(status, 'Architecture')}&distro=${distribution.name}-${distribution.version}`;
  const purl = `pkg:deb/${distribution.name}/${bare}@${encodeURIComponent(version)}?${qualifiers}`;
  system.push({ type: 'library', name: bare, version, purl });
  // The place where scanners look in an image without dpkg.
  write(`/var/lib/dpkg/status.d/${bare}`, status);
  copy(`/usr/share/doc/${bare}/copyright`);
}

write('/etc/passwd', `root:x:0:0:root:/nonexistent:/nonexistent\n${USER}`);
write('/etc/group', 'root:x:0:\nlockstep:x:65532:\n');
write('/etc/nsswitch.conf', 'hosts: files dns\n');
// Those of this Node, which it uses without the file too: for NODE_OPTIONS=--use-openssl-ca and for other programs.
write('/etc/ssl/certs/ca-certificates.crt', `${rootCertificates.join('\n')}\n`);

const sbom = sbomOfRelease(root, join(root, 'dist'), system);
write('/app/sbom.cdx.json', `${JSON.stringify(sbom, null, 2)}\n`);
