import t from 'tap';
import { mutationsIn } from '../../scripts/mutants/mutations.ts';
import { lineOf, mutantsOf, runMutants } from '../../scripts/mutants/run.ts';
import { sampleOf } from '../../scripts/mutants/sample.ts';

const mutated = (source: string): readonly string[] =>
  mutationsIn(source).map(({ start, end, text }) => `${source.slice(0, start)}${text}${source.slice(end)}`);

t.test('a guard is removed, and passed always', async (t) => {
  t.same(mutated('if (a) return;'), ['if (false) return;', 'if (true) return;']);
});

t.test('each operand of a chain is left out once', async (t) => {
  t.same(mutated('const x = a && b && c'), ['const x = a && b', 'const x = a && c', 'const x = b && c']);
  t.same(mutated('const x = a || b'), ['const x = a', 'const x = b', 'const x = a && b']);
  t.same(mutated('const x = a ?? b'), ['const x = a']);
});

t.test('statements, comparisons, constants, lists and calls are changed', async (t) => {
  t.same(mutated('await a();'), [';']);
  t.same(mutated('throw a;'), [';']);
  t.same(mutated('const x = a === b'), ['const x = a !== b']);
  t.same(mutated('const x = a < b'), ['const x = a <= b']);
  t.same(mutated('const x = true'), ['const x = false']);
  t.same(mutated('const x = !a'), ['const x = a']);
  t.same(mutated('const x = [a]'), ['const x = []']);
  t.same(mutated('const x = a.filter(b)'), ['const x = a']);
  t.same(mutated('const x = a.some(b)'), ['const x = a.every(b)']);
});

t.test('types and strings are left as they are', async (t) => {
  t.same(mutated("type A = true | [B]; interface C { d: false }; const e: true | undefined = 'true'"), []);
});

t.test('the same seed draws the same sample', async (t) => {
  const all = Array.from({ length: 50 }, (_, index) => index);
  t.same(sampleOf(all, 5, 7), sampleOf(all, 5, 7));
  t.notSame(sampleOf(all, 5, 7), sampleOf(all, 5, 8));
  t.same(sampleOf(all, 80, 7), all);
});

const AGES = `export function isAdult(age: number): boolean {
  if (Number.isNaN(age)) return false;
  return age >= 18;
}
export const unread = (a: boolean): boolean => !a;
`;

const TEST = `import assert from 'node:assert';
import { isAdult } from '../src/ages.ts';
assert(isAdult(18) && !isAdult(17));
`;

t.test('mutants that no test notices are named; the source is never written', async (t) => {
  const root = t.testdir({ src: { 'ages.ts': AGES }, test: { 'ages.test.ts': TEST } });
  const notes: string[] = [];
  const mutants = mutantsOf(root, ['src']);
  const results = await runMutants(mutants, {
    root,
    tests: 'test',
    jobs: 2,
    note: (line) => notes.push(line),
  });
  const survivors = results.filter(({ verdict }) => verdict === 'survived').map(lineOf);
  t.same(survivors, [
    'src/ages.ts:2: Number.isNaN(age) → false',
    'src/ages.ts:2: false → true (no test runs this line)',
    'src/ages.ts:5: !a → a (no test runs this line)',
  ]);
  const killed = results.filter(({ verdict }) => verdict === 'killed').map(lineOf);
  t.same(killed, ['src/ages.ts:2: Number.isNaN(age) → true', 'src/ages.ts:3: >= → >']);
  t.match(notes.join('\n'), /^5 mutants in 1 files; 1 tests may see them$/m);
});

t.test('a test that fails without a mutant is left out, and that is said', async (t) => {
  const root = t.testdir({
    src: { 'ages.ts': AGES },
    test: { 'ages.test.ts': `${TEST}assert(false);` },
  });
  const notes: string[] = [];
  const [mutant] = mutantsOf(root, ['src/ages.ts']);
  const results = await runMutants([mutant!], {
    root,
    tests: 'test/ages.test.ts',
    jobs: 1,
    note: (line) => notes.push(line),
  });
  t.match(results, [{ verdict: 'survived', tests: 0 }]);
  t.match(notes.join('\n'), /left out.*: test\/ages\.test\.ts/);
});
