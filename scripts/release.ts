/**
 * `npm run release`: fills the folder release/ with every file of a release, and their checksums. Names another folder
 * as its argument. The image is not among them: it is built from the Dockerfile.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import { findBinaries } from '../test/testbed/binaries.ts';
import { OWN_CRDS } from './crd/credentials.ts';
import { sha256Of, writeChecksums } from './release/checksums.ts';
import { packCli, writeManPages } from './release/cli-package.ts';
import { packExecutable, TARGETS } from './release/executable.ts';
import { installFiles, kustomized } from './release/install-files.ts';
import { editorSchema, schemaFile } from './release/json-schema.ts';
import { KREW_MANIFEST, krewManifest } from './release/krew.ts';
import { NODE_VERSION, ROOT, VERSION } from './release/project.ts';
import { nodePackage, sbomOfRelease } from './release/sbom.ts';

const folder = process.argv[2] ?? join(ROOT, 'release');
const work = mkdtempSync(join(tmpdir(), 'lockstep-release-'));
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

try {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, from] of installFiles()) write(name, await kustomized(from));
  await packChart();
  await packCli(folder, work);
  writeManPages(join(folder, 'man'));
  for (const target of TARGETS) await packExecutable(target, folder, work);
  write(
    KREW_MANIFEST,
    krewManifest((file) => sha256Of(join(folder, file))),
  );
  writeSboms();
  for (const crd of OWN_CRDS) write(schemaFile(crd), json(editorSchema(crd)));
  copyDemo();
  copyHealthScripts();
  cpSync(join(ROOT, 'artifacthub-repo.yml'), join(folder, 'artifacthub-repo.yml'));
  writeChecksums(folder);
} catch (error) {
  process.stderr.write(`release: ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** One for the packages without Node, and one for the executables with it. */
function writeSboms(): void {
  const dist = join(ROOT, 'dist');
  write(`lockstep-${VERSION}.cdx.json`, json(sbomOfRelease(ROOT, dist)));
  write(`lockstep-${VERSION}-linux.cdx.json`, json(sbomOfRelease(ROOT, dist, [nodePackage(NODE_VERSION)])));
}

/** Under a name of its own: `helm package` would use the name of npm's package. */
async function packChart(): Promise<void> {
  const { helm } = findBinaries(['helm']);
  await execa(helm, ['package', join(ROOT, 'manifests', 'helm'), '--destination', work]);
  cpSync(join(work, `lockstep-${VERSION}.tgz`), join(folder, `lockstep-${VERSION}-chart.tgz`));
}

/** The scripts with their tests, and both as settings of Argo CD. */
function copyHealthScripts(): void {
  const from = join(ROOT, 'manifests', 'argo-cd');
  cpSync(join(from, 'resource_customizations'), join(folder, 'argo-cd', 'resource_customizations'), {
    recursive: true,
  });
  cpSync(join(from, 'health.yaml'), join(folder, 'argo-cd-health.yaml'));
}

/** The Secrets that the README applies, under the same path. */
function copyDemo(): void {
  const from = join(ROOT, 'docs', 'demo');
  const to = join(folder, 'docs', 'demo');
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).filter((each) => each.endsWith('.yaml')))
    cpSync(join(from, name), join(to, name));
}
