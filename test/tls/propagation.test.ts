import { X509Certificate } from 'node:crypto';
import t from 'tap';
import { createCa } from '../../src/tls/ca.ts';
import { type CaPropagation, isPropagated, updatePropagation } from '../../src/tls/propagation.ts';

const NOW = new Date('2027-01-01T00:00:00Z');
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const ca = new X509Certificate((await createCa({ now: NOW, days: 1 })).cert);

/** Observes at these seconds. At the seconds in `missing`, one caBundle lacks the CA. */
function looks(seconds: readonly number[], missing: readonly number[] = []): CaPropagation {
  let seen: CaPropagation | undefined;
  for (const each of seconds) {
    const other = missing.includes(each) ? [] : [ca];
    seen = updatePropagation(seen, [ca], [[ca], other], at(each));
  }
  return seen!;
}

t.test('a CA that all caBundles held for two minutes is propagated', async (t) => {
  t.equal(isPropagated(looks([0, 60, 119]), ca), false);
  t.equal(isPropagated(looks([0, 60, 120]), ca), true);
});

t.test('a caBundle without the CA restarts the two minutes', async (t) => {
  t.equal(isPropagated(looks([0, 60, 120, 180], [120]), ca), false);
  t.equal(isPropagated(looks([0, 60, 120, 180, 240, 300], [120]), ca), true);
});

t.test('a pause of the process restarts the two minutes', async (t) => {
  t.equal(isPropagated(looks([0, 1, 1_000_000]), ca), false);
});

t.test('a clock that is set back proves no propagation', async (t) => {
  t.equal(isPropagated(looks([0, 60, 120, -1000]), ca), false);
});
