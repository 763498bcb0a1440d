import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { lineOf, mutantsOf, runMutants } from './mutants/run.ts';
import { sampleOf } from './mutants/sample.ts';

/**
 * Which lines could be wrong without a test that fails: each mutant is the source with one change, and a mutant that
 * every test passes has survived. Nothing is written: a test process gets the changed text of one module as it loads
 * it.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    tests: { type: 'string', default: 'test' },
    jobs: { type: 'string', default: String(availableParallelism()) },
  },
});

const root = dirname(import.meta.dirname);
const paths = positionals.length === 0 ? ['src/engine', 'src/controllers', 'src/postgres'] : positionals;
const all = mutantsOf(root, paths);
const mutants = values.sample === undefined ? all : sampleOf(all, Number(values.sample), Number(values.seed));
const results = await runMutants(mutants, {
  root,
  tests: values.tests,
  jobs: Number(values.jobs),
  note: console.error,
});

for (const result of results) if (result.verdict === 'survived') console.log(lineOf(result));
const count = (verdict: string): number => results.filter((result) => result.verdict === verdict).length;
console.log(`${count('killed')} killed, ${count('survived')} survived, ${count('timed out')} timed out`);
