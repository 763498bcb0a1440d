import t from 'tap';
import { recordingSvg } from '../../../scripts/demo/recording.ts';

const TEXT = /<text class="(\w+)" y="(\d+)">(.*)<\/text>/g;
const KEYFRAME = /([\d.]+)% \{ transform: translateY\((-?\d+)px\); \}/g;

t.test('a recording shows every line once, in its style', async (t) => {
  const svg = recordingSvg(
    [
      { style: 'sentence', text: '\nlockstep refuses it.' },
      { style: 'command', text: '$ kubectl apply -f a.yaml' },
      { style: 'error', text: 'one\ntwo' },
    ],
    'A run',
  );
  t.same(
    [...svg.matchAll(TEXT)].map(([, style, y, text]) => [style, Number(y) / 18, text]),
    [
      ['sentence', 2, 'lockstep refuses it.'],
      ['command', 3, '$ kubectl apply -f a.yaml'],
      ['error', 4, 'one'],
      ['error', 5, 'two'],
    ],
  );
});

t.test('the text scrolls by the lines of each passage, and the end stays', async (t) => {
  const svg = recordingSvg(
    [
      { style: 'output', text: 'one' },
      { style: 'output', text: 'two\nthree' },
    ],
    'A run',
  );
  const stops = [...svg.matchAll(KEYFRAME)].map(([, percent, y]) => ({
    percent: Number(percent),
    y: Number(y),
  }));
  t.equal(stops[0]?.percent, 0);
  t.equal((stops[0]?.y ?? 0) - (stops[1]?.y ?? 0), 2 * 18);
  t.ok((stops[1]?.percent ?? 100) < 100);
});

t.test('a long line is broken at the width of the terminal', async (t) => {
  const svg = recordingSvg([{ style: 'output', text: 'x'.repeat(205) }], 'A run');
  t.same(
    [...svg.matchAll(TEXT)].map(([, , , text]) => text?.length),
    [100, 100, 5],
  );
});

t.test('markup and control characters of an output stay text', async (t) => {
  const svg = recordingSvg([{ style: 'output', text: '</text><script>"&\u001b[31m' }], 'A <run>');
  t.match(svg, '&lt;/text&gt;&lt;script&gt;&quot;&amp; [31m');
  t.match(svg, '<title id="title">A &lt;run&gt;</title>');
  t.notMatch(svg, /<script|\u001b/);
});
