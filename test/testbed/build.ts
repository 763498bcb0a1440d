/** `npm run testbed`: finds or builds every program that `npm run test:all` needs, or those that are named, and says where each one is. */
import { buildBinaries } from './binaries.ts';
import { IN_TESTS, PROGRAMS, type ProgramName } from './modules.ts';

const isProgram = (name: string): name is ProgramName => Object.hasOwn(PROGRAMS, name);

try {
  const named = process.argv.slice(2);
  const unknown = named.find((name) => !isProgram(name));
  if (unknown !== undefined)
    throw new Error(`no ${unknown} here; there are ${Object.keys(PROGRAMS).join(', ')}`);
  const binaries = await buildBinaries(named.length > 0 ? named.filter(isProgram) : IN_TESTS);
  for (const [name, path] of Object.entries(binaries)) process.stdout.write(`${name} ${path}\n`);
} catch (error) {
  process.stderr.write(`testbed: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
