import t from 'tap';
import { boundedMap } from '../../../src/admission/telemetry/bounded-map.ts';

t.test('drops the oldest entry above the limit', async (t) => {
  const known = boundedMap<number>(2);
  known.set('a', 1);
  known.set('b', 2);
  known.set('a', 3);
  known.set('c', 4);
  t.same([known.get('a'), known.get('b'), known.get('c')], [3, undefined, 4]);
});

t.test('ignores a name that is longer than the API server allows', async (t) => {
  const known = boundedMap<number>(2);
  known.set('n'.repeat(572), 1);
  t.equal(known.get('n'.repeat(572)), undefined);
});
