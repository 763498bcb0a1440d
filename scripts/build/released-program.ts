import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { run as runProgram } from '../../src/commands/program.ts';
import { limitHeap } from '../../src/commands/serve/heap.ts';
import { codeCacheFile, loadProgram, type ProgramName, programOfCommand } from './program.ts';

/** What stands in a release for src/commands/program.ts. */
const chunks = join(import.meta.dirname, 'chunks');

export const run: typeof runProgram = (args, shell) => {
  const name = programOfCommand(args[0]);
  // V8 takes the code cache only with the options that it was made with.
  if (name === 'serve') limitHeap();
  return loadProgram(chunks, name, codeCache(name)).run(args, shell);
};

function codeCache(name: ProgramName): Buffer | undefined {
  try {
    return readFileSync(join(chunks, codeCacheFile(name)));
  } catch {
    return undefined;
  }
}
