import t from 'tap';
import { classifyPlaceholder } from '../../../src/engine/placeholder/classify.ts';

const VALUES = 100_000;

/** One test: of so many values of a shape, no value is classified as a placeholder. */
export function hitsNone(shape: string, make: () => string): void {
  t.test(`of ${VALUES} random values none is hit: ${shape}`, async (t) => {
    const hits: string[] = [];
    for (let at = 0; at < VALUES; at++) {
      const value = make();
      const verdict = classifyPlaceholder(value, {
        role: 'secret',
        key: 'JWT_SECRET',
        known: ['reconciliation', 'app'],
      });
      if (verdict) hits.push(value);
    }
    t.same(hits, []);
  });
}
