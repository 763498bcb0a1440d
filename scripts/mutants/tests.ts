import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import type { Mutation } from './mutations.ts';

/** What a test runs when nothing is mutated. */
export interface Baseline {
  readonly test: string;
  readonly passed: boolean;
  readonly milliseconds: number;
  readonly runs: (file: string, offset: number) => boolean;
}

export type MutantVerdict = 'killed' | 'survived' | 'timed out';

/** Milliseconds. A test that takes longer is left out of a run. */
const LONGEST_TEST = 60_000;

const SWAP = new URL('swap.ts', import.meta.url).href;

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface Coverage {
  readonly result: readonly { readonly url: string; readonly functions: readonly { ranges: Range[] }[] }[];
}

export async function baselineOf(root: string, test: string): Promise<Baseline> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-mutants-'));
  try {
    const begin = performance.now();
    const env = { NODE_V8_COVERAGE: folder };
    const { failed } = await node(root, [test], env, LONGEST_TEST);
    const milliseconds = performance.now() - begin;
    const ranges = await rangesIn(folder, pathToFileURL(join(root, 'src/')).href);
    return {
      test,
      passed: !failed,
      milliseconds,
      runs: (file, offset) => isRun(ranges.get(pathToFileURL(file).href) ?? [], offset),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The ranges of each process that the test has started: one list for one run of one module. */
async function rangesIn(folder: string, sources: string): Promise<ReadonlyMap<string, readonly Range[][]>> {
  const found = new Map<string, Range[][]>();
  for (const name of await readdir(folder)) {
    const { result }: Coverage = JSON.parse(await readFile(join(folder, name), 'utf8'));
    for (const { url, functions } of result)
      if (url.startsWith(sources))
        found.set(url, [...(found.get(url) ?? []), functions.flatMap(({ ranges }) => ranges)]);
  }
  return found;
}

/** Ranges are nested: the shortest one that holds the offset counts. */
const isRun = (runs: readonly Range[][], offset: number): boolean =>
  runs.some((ranges) => {
    const around = ranges.filter(({ startOffset, endOffset }) => startOffset <= offset && offset < endOffset);
    const [innermost] = around.sort((a, b) => a.endOffset - a.startOffset - (b.endOffset - b.startOffset));
    return innermost !== undefined && innermost.count > 0;
  });

export interface MutantRun {
  readonly root: string;
  readonly file: string;
  readonly mutation: Mutation;
  readonly tests: readonly Baseline[];
  /** A folder: what V8 has compiled is compiled once for all mutants. */
  readonly cache: string;
}

/** The tests run one by one until one fails. */
export async function runMutant({ root, file, mutation, tests, cache }: MutantRun): Promise<MutantVerdict> {
  const { start, end, text } = mutation;
  const mutant = JSON.stringify({ url: pathToFileURL(file).href, start, end, text });
  for (const { test, milliseconds } of tests) {
    // A machine with other work needs several times as long.
    const limit = LONGEST_TEST / 3 + 4 * milliseconds;
    const env = { LOCKSTEP_MUTANT: mutant, NODE_COMPILE_CACHE: cache, TAP_BAIL: '1' };
    const { timedOut, failed } = await node(root, ['--import', SWAP, test], env, limit);
    if (timedOut) return 'timed out';
    if (failed) return 'killed';
  }
  return 'survived';
}

/** A loop without end may take all memory before the time is over. Megabytes. */
const MEMORY = '--max-old-space-size=1024';

const node = (cwd: string, args: readonly string[], env: Record<string, string>, timeout: number) =>
  execa(process.execPath, [MEMORY, ...args], {
    cwd,
    env,
    timeout,
    killSignal: 'SIGKILL',
    reject: false,
    buffer: false,
    stdio: 'ignore',
  });
