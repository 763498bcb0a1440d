import t from 'tap';
import { summaryOf, textOf } from '../../../scripts/test/summary.ts';

/** A run of two files, as tap writes it. */
const RUN = `TAP version 14
1..2
# Subtest: test/a.test.ts
    # Subtest: outer
        ok 1 - fine
        # Subtest: inner
            not ok 1 - one is two
              ---
              diff: |
                not ok
              ...
            1..1
        not ok 2 - inner # time=3ms
        1..2
    not ok 1 - outer # time=4ms
    1..1
not ok 1 - test/a.test.ts # time=1500ms

# Subtest: test/b.test.ts
    ok 1 - fine
    1..1
ok 2 - test/b.test.ts # time=20500ms

# { total: 3, pass: 2, fail: 1 }
# time=22000ms
`;

t.test('a run ends with its failures, its slowest files and the two counts', async (t) => {
  t.equal(
    textOf(summaryOf(RUN)),
    [
      'Failing:',
      '  test/a.test.ts > outer > inner > one is two',
      '',
      'Slowest files:',
      '   20.5 s  test/b.test.ts',
      '    1.5 s  test/a.test.ts',
      '',
      '2 passed, 1 failed',
      '',
    ].join('\n'),
  );
});

t.test('of many files the ten slowest are named', async (t) => {
  const files = Array.from({ length: 12 }, (_, index) => ({ name: `${index}.test.ts`, seconds: index }));
  const text = textOf({ passed: 12, failed: 0, failures: [], files });
  t.same(text.match(/\d+(?=\.test\.ts)/g)?.map(Number), [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  t.match(text, /\n12 passed, 0 failed\n$/);
});

t.test('a run that was cut off has no counts', async (t) => {
  t.throws(() => summaryOf(RUN.slice(0, RUN.indexOf('# { total'))), { message: /^the run was cut off/ });
});
