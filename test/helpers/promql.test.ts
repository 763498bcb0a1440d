import t from 'tap';
import { readPromql, readScrape, samplesOf } from './promql.ts';

t.test('functions, words, durations and labels are no metrics', async (t) => {
  const { metrics, grouped } = readPromql(
    '1 - sum by (le, pod) (rate(a_total{x="1", y=~"(b|c)[.]d"}[5m])) / (job:b:ratio7d offset 7d > 0) or vector(0) unless c[$__interval]',
  );
  t.same(metrics, [
    { metric: 'a_total', labels: ['x', 'y'] },
    { metric: 'job:b:ratio7d', labels: [] },
    { metric: 'c', labels: [] },
  ]);
  t.same(grouped, ['le', 'pod']);
});

t.test('a sample is read with the values of its labels', async (t) => {
  t.same(
    [...samplesOf('# TYPE a counter\na{x="1",y="b,z=\\"2"} 3\nb 0\n')],
    [
      {
        metric: 'a',
        labels: new Map([
          ['x', '1'],
          ['y', 'b,z=\\"2'],
        ]),
      },
      { metric: 'b', labels: new Map() },
    ],
  );
});

t.test('a scrape is read by names and labels', async (t) => {
  const scrape = readScrape('# HELP a b\na{x="1",y="b,z=2"} 3\na{w="1"} 3\nb NaN\n');
  t.same(
    scrape,
    new Map([
      ['a', new Set(['x', 'y', 'w'])],
      ['b', new Set()],
    ]),
  );
});
