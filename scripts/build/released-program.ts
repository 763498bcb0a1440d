import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CODE_CACHE, loadProgram } from './program.ts';

/** What stands in a release for src/commands/program.ts. */
const chunks = join(import.meta.dirname, 'chunks');

export const { run } = loadProgram(chunks, codeCache());

function codeCache(): Buffer | undefined {
  try {
    return readFileSync(join(chunks, CODE_CACHE));
  } catch {
    return undefined;
  }
}
