import type { Anchor } from './anchors.ts';

/** Numbers filed under texts. A search text finds the numbers whose text it equals, begins with or ends with. */
export interface TextIndex {
  readonly isEmpty: boolean;
  /** Adds the matching numbers to `found`. A number that was filed under two matching texts is added twice. */
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
 * The prefixes in sorted order, each with the longest other prefix that it begins with. A prefix of a text also begins
 * everything between the two in this order. So all prefixes of a text lie on the path up from the last entry that does
 * not come after it.
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

/** Index of the last text that does not come after `text`, or -1 if all come after it. */
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
