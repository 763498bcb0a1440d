import { systemsBy } from './systems.ts';

const BY_SCHEME = systemsBy('schemes');

/** All schemes without a driver. */
export const PLAIN_SCHEMES: Iterable<string> = BY_SCHEME.keys();

/**
 * `postgresql+asyncpg`, `jdbc:aws-wrapper:mysql`, `r2dbc:pool:postgresql` → the system, without the driver. Celery
 * writes its library first: `db+postgresql`. An unknown scheme is its own system.
 */
export function systemOf(scheme: string): string {
  const plain = BY_SCHEME.get(scheme);
  if (plain !== undefined) return plain;
  const words = scheme.toLowerCase().split(':').map(withoutDriver);
  const system = words.find((word) => BY_SCHEME.has(word)) ?? words[1] ?? words[0] ?? '';
  return BY_SCHEME.get(system) ?? system;
}

function withoutDriver(word: string): string {
  const plus = word.indexOf('+');
  if (plus === -1) return word;
  const [first, second] = [word.slice(0, plus), word.slice(plus + 1)];
  return !BY_SCHEME.has(first) && BY_SCHEME.has(second) ? second : first;
}
