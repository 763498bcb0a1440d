import { Buffer } from 'node:buffer';

/** A seeded source of chance, the same on every machine: mulberry32, 32 bits of state. */
export interface SeededRandom {
  readonly between: (low: number, high: number) => number;
  readonly pick: <T>(list: readonly T[]) => T;
  readonly times: <T>(count: number, make: () => T) => T[];
  /** Characters of the alphabet; the count lies between both ends. */
  readonly text: (alphabet: string, low: number, high?: number) => string;
  readonly bytes: (low: number, high: number) => Buffer;
}

export function seededRandom(seed: number): SeededRandom {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    between,
    pick: (list) => list[between(0, list.length - 1)]!,
    times: (count, make) => Array.from({ length: count }, make),
    text: (alphabet, low, high = low) => {
      let text = '';
      for (let remaining = between(low, high); remaining > 0; remaining--)
        text += alphabet[between(0, alphabet.length - 1)];
      return text;
    },
    bytes: (low, high) => {
      const bytes = Buffer.alloc(between(low, high));
      for (let at = 0; at < bytes.length; at++) bytes[at] = between(0, 255);
      return bytes;
    },
  };
}
