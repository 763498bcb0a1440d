/** The first half of `npm run test:image`: builds the image of the Dockerfile into the store of this test. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { provideBaseImage } from './base-image.ts';
import { buildah, requireTools } from './buildah.ts';
import { IMAGE } from './container.ts';

const ROOT = join(import.meta.dirname, '..', '..');

try {
  requireTools();
  await provideBaseImage(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'));
  await buildah(['build', '--pull-never', '--layers', '--quiet', '--tag', IMAGE, ROOT]);
} catch (error) {
  process.stderr.write(`test:image: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
