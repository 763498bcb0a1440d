/**
 * `npm test`, `npm run test:slow`, `npm run test:all`, `npm run test:oldest`: builds the programs that the tier needs,
 * runs its files with tap, and ends with the ten slowest files and `N passed, N failed`. Files that are named run
 * instead: `npm test -- test/log.test.ts`.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { filesOf, PROGRAMS_OF } from '../test/tiers.ts';
import { summaryOf, textOf } from './test/summary.ts';

const TIERS = { fast: ['fast'], slow: ['slow'], all: ['fast', 'slow'], oldest: ['oldest'] } as const;

async function run(files: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-tests-'));
  try {
    const output = join(folder, 'output.tap');
    // Without a terminal tap prints TAP. With an output file as well, it would print each line twice.
    const isTerminal = process.stdout.isTTY;
    const { exitCode = 1 } = await execa(
      'tap',
      [...(isTerminal ? [`--output-file=${output}`] : []), ...files],
      {
        cwd: dirname(import.meta.dirname),
        localDir: import.meta.dirname,
        preferLocal: true,
        stdin: 'inherit',
        stdout: isTerminal ? 'inherit' : ['inherit', { file: output }],
        stderr: 'inherit',
        reject: false,
      },
    );
    const summary = summaryOf(await readFile(output, 'utf8'));
    process.stdout.write(`\n${textOf(summary)}`);
    return summary.failed > 0 ? 1 : exitCode;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  const [name = 'all', ...files] = process.argv.slice(2);
  if (!Object.hasOwn(TIERS, name))
    throw new Error(`no ${name} here; there are ${Object.keys(TIERS).join(', ')}`);
  const tiers = TIERS[name as keyof typeof TIERS];
  // The testbed reads the variable when it is loaded, here and in each test.
  if (name === 'oldest') process.env.TESTBED_KUBERNETES = 'oldest';
  const { buildBinaries } = await import('../test/testbed/binaries.ts');
  await buildBinaries([...new Set(tiers.flatMap((tier) => PROGRAMS_OF[tier]))]);
  process.exitCode = await run(files.length > 0 ? files : tiers.flatMap(filesOf));
} catch (error) {
  process.stderr.write(`test: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
