/** `npm run testbed`: finds or builds every program that the tests need, and says where each one is. */
import { findBinaries } from './binaries.ts';
import { IN_TESTS } from './modules.ts';

try {
  const binaries = await findBinaries(IN_TESTS);
  for (const [name, path] of Object.entries(binaries)) process.stdout.write(`${name} ${path}\n`);
} catch (error) {
  process.stderr.write(`testbed: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
