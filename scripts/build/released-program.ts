import { join } from 'node:path';
import type { run as runProgram } from '../../src/commands/program.ts';
import { limitHeap } from '../../src/commands/serve/heap.ts';
import { cacheOf, loadProgram } from './program.ts';

/** The release has this file in place of src/commands/program.ts. */
export const run: typeof runProgram = (args, shell) => {
  const cache = cacheOf(args[0]);
  if (cache === 'serve') limitHeap();
  return loadProgram(join(import.meta.dirname, 'chunks'), cache).run(args, shell);
};
