import type { Anchor } from './anchors.ts';

/** Numbers filed under texts: each is found by a text that is what it was filed under, or begins or ends with it. */
export interface TextIndex {
  readonly isEmpty: boolean;
  /** Adds to `found` what is filed; a number twice where it was filed under two texts that fit. */
  readonly find: (text: string, found: number[]) => void;
}

export type TextEntries = readonly (Pick<Anchor, 'kind' | 'text'> & { readonly number: number })[];

export function textIndex(entries: TextEntries): TextIndex {
  const is = numbersByText(entries, 'is');
  const beginning = prefixes(numbersByText(entries, 'begins'));
  const ending = prefixes(numbersByText(entries, 'ends', reversed));
  return {
    isEmpty: entries.length === 0,
    find: (text, found) => {
      append(found, is.get(text));
      beginning?.(text, found);
      ending?.(reversed(text), found);
    },
  };
}

type NumbersByText = ReadonlyMap<string, readonly number[]>;

function numbersByText(
  entries: TextEntries,
  kind: Anchor['kind'],
  transform = (text: string) => text,
): NumbersByText {
  const numbers = new Map<string, number[]>();
  for (const { text, number } of entries.filter((one) => one.kind === kind)) {
    const list = numbers.get(transform(text));
    if (list === undefined) numbers.set(transform(text), [number]);
    else list.push(number);
  }
  return numbers;
}

/** By UTF-16 units, as globs are read. */
const reversed = (text: string): string => text.split('').reverse().join('');

function append(found: number[], more: readonly number[] | undefined): void {
  for (const number of more ?? []) found.push(number);
}

/**
 * Sorted, each prefix with the longest other one that it begins with. A prefix of a text also begins all that lies between the two in the order: so every
 * one is on the way up from the last that does not come after the text.
 */
function prefixes(numbers: NumbersByText): TextIndex['find'] | undefined {
  if (numbers.size === 0) return undefined;
  const sorted = [...numbers.keys()].sort();
  const up: number[] = [];
  for (const [index, text] of sorted.entries()) {
    let at = index - 1;
    while (at >= 0 && !text.startsWith(sorted[at] ?? '')) at = up[at] ?? -1;
    up.push(at);
  }
  return (text, found) => {
    for (let at = lastUpTo(sorted, text); at >= 0; at = up[at] ?? -1) {
      const prefix = sorted[at] ?? '';
      if (text.startsWith(prefix)) append(found, numbers.get(prefix));
    }
  };
}

/** Index of the last text that does not come after `text`; -1 where all do. */
function lastUpTo(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') <= text) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
