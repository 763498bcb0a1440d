import t from 'tap';
import { readPromql, readScrape, samplesOf, selects } from './promql.ts';

t.test('functions, words, durations and labels are no metrics', async (t) => {
  const { metrics, grouped } = readPromql(
    '1 - sum by (le, pod) (rate(a_total{x="1", y=~"(b|c)[.]d"}[5m])) / (job:b:ratio7d offset 7d > 0) or vector(0) unless c[$__interval]',
  );
  t.same(metrics, [
    {
      metric: 'a_total',
      matchers: [
        { label: 'x', operator: '=', value: '1' },
        { label: 'y', operator: '=~', value: '(b|c)[.]d' },
      ],
    },
    { metric: 'job:b:ratio7d', matchers: [] },
    { metric: 'c', matchers: [] },
  ]);
  t.same(grouped, ['le', 'pod']);
});

t.test('a sample is read with the values of its labels', async (t) => {
  t.same(
    [...samplesOf('# TYPE a counter\na{x="1",y="b,z=\\"2"} 3\nb NaN\n')],
    [
      {
        metric: 'a',
        labels: new Map([
          ['x', '1'],
          ['y', 'b,z=\\"2'],
        ]),
        value: 3,
      },
      { metric: 'b', labels: new Map(), value: Number.NaN },
    ],
  );
});

t.test('a selector selects as Prometheus does', async (t) => {
  const samples = [...samplesOf('a{x="1"} 0\na{x="12"} 0\na 0\nb{x="1"} 0\n')];
  const selected = (expr: string) => {
    const [named] = readPromql(expr).metrics;
    return samples.flatMap((sample, at) => (selects(named!, sample) ? [at] : []));
  };
  t.same(selected('a'), [0, 1, 2]);
  t.same(selected('a{x="1"}'), [0]);
  t.same(selected('a{x!="1"}'), [1, 2]);
  t.same(selected('a{x=~"1"}'), [0], 'anchored at both ends');
  t.same(selected('a{x=~"1.*"}'), [0, 1]);
  t.same(selected('a{x!~"1.+"}'), [0, 2]);
  t.same(selected('a{y=""}'), [0, 1, 2]);
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
