/**
 * The first half of `npm run test:image`: builds the image of the Dockerfile into the store of this test. For another
 * architecture than that of this machine, the program is bundled here, because npm takes too long under emulation.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { ARCHITECTURE, IS_EMULATED } from './architecture.ts';
import { provideBaseImage } from './base-image.ts';
import { buildah, requireTools } from './buildah.ts';
import { IMAGE } from './container.ts';

const ROOT = join(import.meta.dirname, '..', '..');

try {
  requireTools();
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  await provideBaseImage(dockerfile);
  const platform = ['--platform', `linux/${ARCHITECTURE.name}`];
  const build = ['build', ...platform, '--pull-never', '--layers', '--quiet', '--tag', IMAGE];
  if (IS_EMULATED) await buildBundled(dockerfile, build);
  else await buildah([...build, ROOT]);
} catch (error) {
  process.stderr.write(`test:image: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

/** The same Dockerfile with dist/ of this machine in place of npm and esbuild. V8's code cache is made anew. */
async function buildBundled(dockerfile: string, build: readonly string[]): Promise<void> {
  const [install, bundle] = ['RUN npm ci --ignore-scripts', 'RUN /usr/local/bin/node scripts/build.ts'];
  for (const step of [install, bundle])
    if (!dockerfile.includes(`\n${step}\n`)) throw new Error(`the Dockerfile has no step ${step}`);
  const bundled = dockerfile
    .replace(`${install}\n`, '')
    .replace(bundle, `COPY dist/ dist/\nRUN rm dist/program.v*.bin && node scripts/build/warm.ts /src/dist`);
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-image-'));
  try {
    const [file, ignore] = [join(folder, 'Dockerfile'), join(folder, 'ignore')];
    writeFileSync(file, bundled);
    writeFileSync(ignore, `${readFileSync(join(ROOT, '.dockerignore'), 'utf8')}!dist\n`);
    await buildah([...build, '--file', file, '--ignorefile', ignore, ROOT]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
