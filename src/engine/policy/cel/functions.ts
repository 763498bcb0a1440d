import type { Environment } from '@marcbachmann/cel-js';
import type { Pattern } from '../pattern.ts';
import type { Meter } from './meter.ts';

/** The name under which the environment has a function that spends steps. The library allows no second definition. */
export const meteredName = (name: string): string => `metered_${name}`;

/** Functions that a rule may call. They are those of Kubernetes, with the same meaning. */
export const FUNCTIONS: ReadonlySet<string> = new Set([
  'contains',
  'double',
  'endsWith',
  'indexOf',
  'int',
  'lastIndexOf',
  'lowerAscii',
  'matches',
  'size',
  'split',
  'startsWith',
  'substring',
  'trim',
  'upperAscii',
]);

const MAX_SPLIT = 256;

/** Results of a function after the end of its rule, by their type. */
const STAND_INS: Readonly<Record<string, unknown>> = {
  bool: false,
  string: '',
  int: 0n,
  double: 0,
  'list<string>': [],
};

/** The evaluation that calls the functions. */
export interface RunningRule {
  readonly meter: Meter;
  readonly stepsPerRound: number;
  /** Its patterns by their text. */
  readonly patterns: ReadonlyMap<string, Pattern>;
}

export function addFunctions(environment: Environment, running: () => RunningRule): void {
  const add = (signature: string, handler: (meter: Meter, ...args: never[]) => unknown): void => {
    const [, returned = ''] = signature.split('): ');
    environment.registerFunction(signature.replace(/(\w+)\(/, 'metered_$1('), (...args: never[]) => {
      const { meter } = running();
      return meter.run(() => handler(meter, ...args), STAND_INS[returned]);
    });
  };
  const search = (meter: Meter, text: string, needle: string): void =>
    // The search of V8 compares the whole needle at each character in the worst case.
    meter.spend(text.length * (2 + needle.length / 40));

  add('string.contains(string): bool', (meter, text: string, needle: string) => {
    search(meter, text, needle);
    return text.includes(needle);
  });
  add('string.indexOf(string): int', (meter, text: string, needle: string) => {
    search(meter, text, needle);
    return characterIndex(meter, text, text.indexOf(needle));
  });
  add('string.lastIndexOf(string): int', (meter, text: string, needle: string) => {
    search(meter, text, needle);
    return characterIndex(meter, text, text.lastIndexOf(needle));
  });
  add('string.startsWith(string): bool', (meter, text: string, start: string) => {
    meter.spend(start.length / 8);
    return text.startsWith(start);
  });
  add('string.endsWith(string): bool', (meter, text: string, end: string) => {
    meter.spend(end.length / 8);
    return text.endsWith(end);
  });
  add('string.matches(string): bool', (meter, text: string, pattern: string) => {
    const compiled = running().patterns.get(pattern);
    if (compiled === undefined) return meter.end('it has no answer for this value');
    meter.spend(text.length * compiled.instructions);
    if (text.length > compiled.maxCharacters) meter.end('its pattern is asked of a value that is too long');
    return compiled.matches(text);
  });
  add('string.lowerAscii(): string', (meter, text: string) => {
    return inAscii(meter, text, /[A-Z]/g, (letters) => letters.toLowerCase());
  });
  add('string.upperAscii(): string', (meter, text: string) => {
    return inAscii(meter, text, /[a-z]/g, (letters) => letters.toUpperCase());
  });
  add('string.trim(): string', (meter, text: string) => {
    meter.spend(text.length);
    return text.trim();
  });
  add('string.substring(int): string', (meter, text: string, start: bigint) =>
    slice(meter, text, start, undefined),
  );
  add('string.substring(int, int): string', slice);
  add('string.split(string): list<string>', (meter, text: string, separator: string) => {
    search(meter, text, separator);
    const parts = text.split(separator, MAX_SPLIT + 1);
    if (parts.length > MAX_SPLIT) meter.end('it takes too long for this Secret');
    meter.spend(parts.length * running().stepsPerRound);
    return parts;
  });
  for (const form of ['string.size(): int', 'size(string): int'])
    add(form, (meter, text: string) => BigInt(charactersOf(meter, text).length));
  for (const form of ['list.size(): int', 'size(list): int'])
    add(form, (_, list: readonly unknown[]) => BigInt(list.length));
  for (const form of ['map.size(): int', 'size(map): int'])
    add(form, (meter, map: object) => {
      const { length } = Object.keys(map);
      // In a loop over `data`, each round counts all keys.
      meter.spend(length);
      return BigInt(length);
    });
  // The errors of the library quote the text.
  add('int(string): int', (meter, text: string) => {
    if (!/^[+-]?\d{1,18}$/.test(text)) meter.end('it has no answer for this value');
    return BigInt(text);
  });
  add('double(string): double', (meter, text: string) => {
    if (!/^[+-]?\d{1,32}(?:\.\d{1,32})?$/.test(text)) meter.end('it has no answer for this value');
    return Number(text);
  });
}

/** Letters outside ASCII stay. Only a text without them is changed at once. */
function inAscii(meter: Meter, text: string, letter: RegExp, change: (letters: string) => string): string {
  meter.spend(text.length / 2);
  if (!/[^\0-\x7f]/.test(text)) return change(text);
  meter.spend(text.length * 16);
  return text.replace(letter, change);
}

/** CEL counts characters as code points. */
function charactersOf(meter: Meter, text: string): readonly string[] {
  meter.spend(text.length * 2 + 8);
  return [...text];
}

const characterIndex = (meter: Meter, text: string, index: number): bigint =>
  BigInt(index <= 0 ? index : charactersOf(meter, text.slice(0, index)).length);

function slice(meter: Meter, text: string, start: bigint, end: bigint | undefined): string {
  const characters = charactersOf(meter, text);
  const last = end ?? BigInt(characters.length);
  if (start < 0n || start > last || last > BigInt(characters.length))
    meter.end('it has no answer for this value');
  return characters.slice(Number(start), Number(last)).join('');
}
