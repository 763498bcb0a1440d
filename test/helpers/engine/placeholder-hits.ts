import { classifyPlaceholder } from '../../../src/engine/value/placeholder/classify.ts';
import { randomShapes } from './random-shapes.ts';

/** Names as around a real Secret: their words must not make a random value a placeholder. */
const context = {
  role: 'secret',
  key: 'JWT_SECRET',
  known: ['reconciliation', 'app'],
  contextWords: () => ['jwt', 'secret', 'shop', 'orders', 'prod', 'api'],
} as const;

export const SHAPES: readonly string[] = Object.keys(randomShapes(0));

/** The random values of one shape that are classified as placeholders. */
export function placeholdersAmong(shape: string, count: number, seed: number): readonly string[] {
  const make = randomShapes(seed)[shape]!;
  const hits: string[] = [];
  for (let at = 0; at < count; at++) {
    const value = make();
    if (classifyPlaceholder(value, context) !== undefined) hits.push(value);
  }
  return hits;
}
