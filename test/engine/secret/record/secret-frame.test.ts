import t from 'tap';
import { frameOf } from '../../../../src/engine/secret/record/secret-frame.ts';
import { aSecret } from '../../../helpers/engine/engine.ts';

t.test('keeps what a Secret has besides its values', async (t) => {
  const labels = new Map([['team', 'shop']]);
  const annotations = new Map([['meta.helm.sh/release-name', 'shop']]);
  const secret = aSecret({ A: '1' }, { type: 'kubernetes.io/tls', immutable: true, labels, annotations });
  t.same(frameOf(secret), {
    type: 'kubernetes.io/tls',
    immutable: true,
    controller: undefined,
    labels,
    annotations,
  });
});

t.test('leaves out a copy of the values, a consent for one incident, and long texts', async (t) => {
  const annotations = new Map([
    ['kubectl.kubernetes.io/last-applied-configuration', '{"stringData":{"A":"1"}}'],
    ['lockstep.dev/break-glass', 'INC-1'],
    ['long', 'x'.repeat(5000)],
    ['__proto__', 'kept'],
  ]);
  t.same([...frameOf(aSecret({}, { annotations })).annotations], [['__proto__', 'kept']]);
});

t.test('has a bound, whatever a stranger puts there', async (t) => {
  const texts = new Map(Array.from({ length: 500 }, (_, index) => [`n${index}`, 'x'.repeat(1000)]));
  const frame = frameOf(
    aSecret({}, { labels: texts, annotations: texts, controller: `Kind/${'x'.repeat(90_000)}` }),
  );
  t.ok(JSON.stringify([[...frame.labels], [...frame.annotations], frame.controller]).length < 40_000);
});
