import { allOf, anyOf, type Cel, listOf, quote } from './cel.ts';

/** One of the globs matches the text. `?` is one character, as in names, which are ASCII. */
export function anyGlobMatches(globs: readonly string[], text: Cel): Cel {
  const plain = globs.filter((glob) => !/[*?]/.test(glob));
  const conditions = globs.filter((glob) => !plain.includes(glob)).map((glob) => globMatches(glob, text));
  if (plain.length > 0) conditions.unshift(`${text} in ${listOf(plain)}`);
  return anyOf(conditions);
}

/** Most globs have one `*`, and need no regular expression. */
function globMatches(glob: string, text: Cel): Cel {
  if (/^\*+$/.test(glob)) return 'true';
  const parts = glob.split(/\*+/);
  if (glob.includes('?') || parts.length > 2) return `${text}.matches(${quote(patternOf(glob))})`;
  const [begin = '', end = ''] = parts;
  const conditions = [];
  if (begin !== '') conditions.push(`${text}.startsWith(${quote(begin)})`);
  if (end !== '') conditions.push(`${text}.endsWith(${quote(end)})`);
  // Beginning and end do not overlap.
  if (conditions.length === 2) conditions.push(`size(${text}) >= ${begin.length + end.length}`);
  return allOf(conditions);
}

const patternOf = (glob: string): string =>
  `^(?s:${glob
    .replace(/\*+/g, '*')
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')})$`;
