import { join } from 'node:path';
import type { run as runProgram } from '../../src/commands/program.ts';
import { cacheOf, loadProgram } from './program.ts';

/** The release has this file in place of src/commands/program.ts. */
export const run: typeof runProgram = (args, shell) => {
  const cache = cacheOf(args[0]);
  return loadProgram(join(import.meta.dirname, 'chunks'), cache).run(args, shell);
};
