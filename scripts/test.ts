/**
 * `npm test`, `npm run test:slow`, `npm run test:all`, `npm run test:oldest`: builds the programs that the tier needs
 * and runs its files with tap. The end has the failures, the ten slowest processes and `N passed, N failed`. Files
 * that are named run instead: `npm test -- test/log.test.ts`.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { Parser, type Result } from 'tap-parser';
import { filesOf, PROGRAMS_OF, SLOW_FOLDER, type Tier, tierOf } from '../test/tiers.ts';

const ROOT = dirname(import.meta.dirname);
const TIERS = { fast: ['fast'], slow: ['slow'], all: ['fast', 'slow'], oldest: ['oldest'] } as const;

/**
 * The files that tap runs, each in a process. The start of a process takes longer than most short files, so those of
 * one folder share a process. A file with a cluster has one of its own.
 */
async function programsFor(tiers: readonly (Tier | 'oldest')[]): Promise<readonly string[]> {
  const files = tiers.flatMap(filesOf);
  const isShort = (file: string): boolean => tierOf(file) === 'fast' && !file.startsWith(SLOW_FOLDER);
  const programs = files.filter((file) => !isShort(file));
  for (const [folder, short] of Map.groupBy(files.filter(isShort), dirname))
    programs.push(await oneAfterTheOther(folder, short));
  return programs;
}

/** Writes a test that imports the files. tap runs the tests that a file adds before it imports the next one. */
async function oneAfterTheOther(folder: string, files: readonly string[]): Promise<string> {
  const program = join('.tap', 'folders', `${folder}.ts`);
  const imports = files.map((file) => {
    const url = JSON.stringify(pathToFileURL(join(ROOT, file)));
    return `await t.test('${file}', async () => void (await import(${url})));\n`;
  });
  await mkdir(join(ROOT, dirname(program)), { recursive: true });
  await writeFile(join(ROOT, program), `import t from 'tap';\n${imports.join('')}`);
  return program;
}

async function run(programs: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-tests-'));
  try {
    const output = join(folder, 'output.tap');
    // Without a terminal tap prints TAP. With an output file as well, it would print each line twice.
    const isTerminal = process.stdout.isTTY;
    const { exitCode = 1 } = await execa(
      'tap',
      [...(isTerminal ? [`--output-file=${output}`] : []), ...programs],
      {
        cwd: ROOT,
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
  const programs: Result[] = [];
  const listen = (parser: Parser, prefix: string): void => {
    parser.on('child', (child: Parser) => listen(child, `${child.fullname} > `));
    parser.on('assert', (result: Result) => {
      if (prefix === '') programs.push(result);
      const place = `${prefix}${result.name}`;
      // A test with a failed assertion fails too, after it.
      const isNamed = failures.at(-1)?.startsWith(`${place} > `) === true;
      const { fileName, lineNumber } = result.diag?.at ?? {};
      const line = fileName === undefined ? '' : ` (${fileName}:${lineNumber})`;
      if (!result.ok && !result.todo && !isNamed) failures.push(`${place}${line}`);
    });
  };
  const parser = new Parser();
  listen(parser, '');
  parser.end(tap);

  const slowest = programs.sort((a, b) => (b.time ?? 0) - (a.time ?? 0)).slice(0, 10);
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
  process.exitCode = await run(files.length > 0 ? files : await programsFor(tiers));
} catch (error) {
  process.stderr.write(`test: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
