import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chartFiles } from './chart-files.ts';
import { generatedFiles } from './generated-files.ts';

const root = join(import.meta.dirname, '..');
// The chart comes last, because the CRDs are in it.
for (const filesOf of [generatedFiles, chartFiles])
  for (const [path, text] of await filesOf()) await writeFile(join(root, path), text);
