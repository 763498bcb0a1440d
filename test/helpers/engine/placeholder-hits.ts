import t from 'tap';
import { classifyPlaceholder } from '../../../src/engine/placeholder/classify.ts';
import { randomShapes } from './random-shapes.ts';

/** Names as around a real Secret: their words must not make a random value a placeholder. */
const context = {
  role: 'secret',
  key: 'JWT_SECRET',
  known: ['reconciliation', 'app'],
  ownWords: () => ['jwt', 'secret', 'shop', 'orders', 'prod', 'api'],
} as const;

/** One test for each shape: of so many random values, at most `most` are classified as placeholders. */
export function hitsAtMost(most: number, valuesOfEachSeed: number, seeds: readonly number[]): void {
  for (const shape of Object.keys(randomShapes(0))) {
    t.test(
      `of ${valuesOfEachSeed * seeds.length} random values at most ${most} is hit: ${shape}`,
      async (t) => {
        let hits = 0;
        for (const seed of seeds) {
          const make = randomShapes(seed)[shape]!;
          for (let at = 0; at < valuesOfEachSeed; at++) {
            const value = make();
            if (classifyPlaceholder(value, context) === undefined) continue;
            hits++;
            t.comment(`seed ${seed}: ${value}`);
          }
        }
        t.ok(hits <= most, `${hits} hits`);
      },
    );
  }
}
