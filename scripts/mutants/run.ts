import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type TestReach, unitTests } from './imports.ts';
import { type Mutation, mutationsIn } from './mutations.ts';
import { type Baseline, baselineOf, type MutantVerdict, runMutant } from './tests.ts';

export interface Mutant {
  /** From the root of the repository. */
  readonly file: string;
  readonly mutation: Mutation;
}

export interface Result extends Mutant {
  readonly verdict: MutantVerdict;
  /** How many tests run the line. */
  readonly tests: number;
}

export interface Run {
  readonly root: string;
  readonly jobs: number;
  /** Where the tests lie, from the root; a folder or a file. */
  readonly tests: string;
  readonly note: (line: string) => void;
}

/** Folders and files, from the root. */
export const mutantsOf = (root: string, paths: readonly string[]): readonly Mutant[] =>
  paths
    .flatMap((path) => (path.endsWith('.ts') ? [path] : globSync(`${path}/**/*.ts`, { cwd: root }).sort()))
    .flatMap((file) =>
      mutationsIn(readFileSync(join(root, file), 'utf8')).map((mutation) => ({ file, mutation })),
    );

export async function runMutants(
  mutants: readonly Mutant[],
  { root, jobs, tests: where, note }: Run,
): Promise<readonly Result[]> {
  const files = [...new Set(mutants.map(({ file }) => join(root, file)))];
  const reaches = unitTests(root).filter(
    ({ test, distances }) => test.startsWith(join(root, where)) && files.some((file) => distances.has(file)),
  );
  note(`${mutants.length} mutants in ${files.length} files; ${reaches.length} tests may see them`);
  const tests = await inParallel(reaches, jobs, async (reach) => ({
    ...reach,
    ...(await baselineOf(root, reach.test)),
  }));
  for (const { test, passed } of tests)
    if (!passed) note(`left out, since it fails or takes too long by itself: ${relative(root, test)}`);
  const usable = tests.filter(({ passed }) => passed);
  const cache = await mkdtemp(join(tmpdir(), 'lockstep-mutants-'));
  try {
    return await inParallel(mutants, jobs, async ({ file, mutation }) => {
      const path = join(root, file);
      const those = inOrder(usable, path, mutation);
      const verdict = await runMutant({ root, file: path, mutation, tests: those, cache });
      const result = { file, mutation, verdict, tests: those.length };
      if (verdict !== 'killed') note(`${verdict}: ${lineOf(result)}`);
      return result;
    });
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}

/** The near and fast ones first. */
function inOrder(tests: readonly (TestReach & Baseline)[], file: string, { start }: Mutation) {
  const cost = ({ distances, milliseconds }: TestReach & Baseline): number =>
    (distances.get(file) ?? Number.POSITIVE_INFINITY) * milliseconds;
  return tests.filter(({ runs }) => runs(file, start)).sort((a, b) => cost(a) - cost(b));
}

export const lineOf = ({ file, mutation: { line, what }, tests }: Result): string =>
  `${file}:${line}: ${what}${tests === 0 ? ' (no test runs this line)' : ''}`;

async function inParallel<T, R>(
  all: readonly T[],
  jobs: number,
  work: (one: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const entries = all.entries();
  const worker = async (): Promise<void> => {
    for (const [index, one] of entries) results[index] = await work(one);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return results;
}
