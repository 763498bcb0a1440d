import type { Request, Secret } from '../../src/engine/secret/secret.ts';
import { Sensitive } from '../../src/engine/secret/sensitive.ts';

/**
 * A Secret of any size in which all values have one shape: `head`, then `unit` again and again, then `end`. `#` in the
 * name of a key, and in any part of a value, becomes the number of the key. `§` in a unit becomes the number of the
 * repetition.
 */
export interface Shape {
  readonly key: string;
  readonly valueBytes: number;
  readonly head: string;
  readonly unit: string;
  readonly end: string;
}

/** A shape in the Secret that it is for. */
export interface WorstInput extends Shape {
  /** Keys that select a rule, such as the base keys of a derived one. */
  readonly others?: Readonly<Record<string, string>>;
  readonly type?: string;
  /** In a Secret of 1 MiB; a smaller one has fewer. */
  readonly maxKeys?: number;
}

/** The engine refuses a Secret with more keys before it reads any value. */
const MAX_KEYS = 9_990;
const MIB = 1024 * 1024;

/** Names and values of the Secret have about `bytes` together. */
export function secretOf(input: WorstInput, bytes: number): Secret {
  const { key, valueBytes, others = {}, type = 'Opaque', maxKeys = MAX_KEYS } = input;
  const data = new Map<string, Sensitive>(
    Object.entries(others).map(([name, text]) => [name, Sensitive.fromText(text)]),
  );
  const most = Math.ceil(maxKeys * Math.min(1, bytes / MIB));
  const [count, size] = key.includes('#') ? layout(bytes, valueBytes + key.length + 3, most) : [1, bytes];
  for (let number = 0; number < count; number += 1) {
    const text = valueTextOf(input, number, size - key.length - 3);
    data.set(key.replaceAll('#', `${number}`), Sensitive.fromText(text));
  }
  return {
    name: 'app',
    generateName: '',
    namespace: 'shop',
    type,
    labels: new Map(),
    annotations: new Map(),
    controller: undefined,
    immutable: false,
    deleting: false,
    data,
  };
}

/** How many keys, and the bytes of each with its name. */
function layout(bytes: number, each: number, most: number): readonly [count: number, size: number] {
  const count = Math.max(1, Math.min(most, Math.floor(bytes / each)));
  return [count, Math.floor(bytes / count)];
}

function valueTextOf({ head, unit, end }: WorstInput, number: number, bytes: number): string {
  const [start, part, last] = [head, unit, end].map((text) => text.replaceAll('#', `${number}`)) as [
    string,
    string,
    string,
  ];
  const room = Math.max(0, bytes - Buffer.byteLength(last) - Buffer.byteLength(start));
  return start + repeated(part, room) + last;
}

function repeated(part: string, room: number): string {
  if (part === '') return '';
  if (!part.includes('§')) return part.repeat(Math.floor(room / Buffer.byteLength(part)));
  const pieces: string[] = [];
  for (let size = 0, number = 0; size < room; number += 1) {
    const piece = part.replaceAll('§', `${number}`);
    size += Buffer.byteLength(piece);
    pieces.push(piece);
  }
  return pieces.join('');
}

export const createOf = (secret: Secret): Request => ({
  operation: 'CREATE',
  secret,
  old: undefined,
  username: 'jane',
});
