/** `npm run testbed`: finds or builds every program of the testbed, and says where each one is. */
import { findBinaries } from './binaries.ts';
import { PROGRAMS, type ProgramName } from './modules.ts';

try {
  const binaries = await findBinaries(Object.keys(PROGRAMS) as ProgramName[]);
  for (const [name, path] of Object.entries(binaries)) process.stdout.write(`${name} ${path}\n`);
} catch (error) {
  process.stderr.write(`testbed: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
