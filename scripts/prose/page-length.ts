import type { Breach } from './lint.ts';

const MAX_PAGE_WORDS = 1200;

/** Pages that a reader reads from begin to end. A reader searches the others. */
const isReadWhole = (file: string): boolean =>
  /^docs\/(?!reference\/|operate\/).*\.md$/.test(file) && file !== 'docs/concepts/glossary.md';

/** A page with too many words, code included. A comment is not counted: a reader does not see it. */
export function pageLengthBreaches(file: string, text: string): readonly Breach[] {
  if (!isReadWhole(file)) return [];
  const words = text.replaceAll(/<!--.*?-->/gs, '').match(/\S+/g)?.length ?? 0;
  if (words <= MAX_PAGE_WORDS) return [];
  const message = `The page has ${words} words: ${MAX_PAGE_WORDS} at most. Split it, or move details to docs/reference`;
  return [{ file, line: 1, message }];
}
