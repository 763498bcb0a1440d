/**
 * `npm test`, `npm run test:slow`, `npm run test:all`, `npm run test:oldest`: builds the programs that the tier needs
 * and runs its files with tap. The end has the failures, the ten slowest files and `N passed, N failed`. Files that
 * are named run instead: `npm test -- test/log.test.ts`.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { Parser, type Result } from 'tap-parser';
import { filesOf, PROGRAMS_OF } from '../test/tiers.ts';

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
        // Hundreds of processes load the same modules.
        env: { NODE_COMPILE_CACHE: join(folder, 'compiled') },
        localDir: import.meta.dirname,
        preferLocal: true,
        stdin: 'inherit',
        stdout: isTerminal ? 'inherit' : ['inherit', { file: output }],
        stderr: 'inherit',
        reject: false,
      },
    );
    return printSummary(await readFile(output, 'utf8')) > 0 ? 1 : exitCode;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The number of failures, in assertions as tap counts them. */
function printSummary(tap: string): number {
  // tap closes with `# { total: 10, pass: 9, fail: 1 }`.
  const totals = /^# \{ (total: .*) \}$/m.exec(tap)?.[1];
  if (totals === undefined) throw new Error('the run was cut off: its output has no totals');
  const count = (name: string): number => Number(new RegExp(`\\b${name}: (\\d+)`).exec(totals)?.[1] ?? 0);

  const failures: string[] = [];
  const files: Result[] = [];
  const listen = (parser: Parser, prefix: string): void => {
    parser.on('child', (child: Parser) => listen(child, `${child.fullname} > `));
    parser.on('assert', (result: Result) => {
      if (prefix === '') files.push(result);
      const place = `${prefix}${result.name}`;
      // A test with a failed assertion fails too, after it.
      const isNamed = failures.at(-1)?.startsWith(`${place} > `) === true;
      if (!result.ok && !result.todo && !isNamed) failures.push(place);
    });
  };
  const parser = new Parser();
  listen(parser, '');
  parser.end(tap);

  const slowest = files.sort((a, b) => (b.time ?? 0) - (a.time ?? 0)).slice(0, 10);
  const lines = slowest.map(({ name, time }) => `${((time ?? 0) / 1000).toFixed(1).padStart(7)} s  ${name}`);
  if (failures.length > 0) console.log(['\nFailing:', ...failures.map((each) => `  ${each}`)].join('\n'));
  console.log(
    ['\nSlowest files:', ...lines, '', `${count('pass')} passed, ${count('fail')} failed`].join('\n'),
  );
  return count('fail');
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
