import { printable } from '../printable.ts';

/** A foreign text in Markdown, shown as it is: no HTML, link, mention, image, emphasis or cell of a table. */
export const markdownText = (text: string): string =>
  printable(text)
    .replace(/[\\`*_{}[\]<>()#+!|~$&]|:(?=\S)|(?<=www)\./gi, '\\$&')
    // GitHub looks for mentions and issues after the backslashes are gone. An empty comment ends the word.
    .replace(/@|\\#/g, '$&<!-- -->');

/** A foreign name in a code span. The fence is longer than each run of backticks in it. */
export function markdownCode(name: string): string {
  const shown = printable(name).replaceAll('|', '\\|');
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  const space = longest > 0 ? ' ' : '';
  return shown === '' ? '' : `${fence}${space}${shown}${space}${fence}`;
}
