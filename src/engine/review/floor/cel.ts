/** A text of an expression in CEL, as the API server reads it. */
export type Cel = string;

/** A variable of an admission policy. */
export interface Variable {
  readonly name: string;
  readonly expression: Cel;
}

/** Quotes, backslashes and control characters would end the literal, or start an escape. */
const ESCAPED = /[\\'\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g;

/** A literal that CEL reads as exactly this text. CEL knows no half of a surrogate pair. */
export const quote = (text: string): Cel =>
  `'${text.toWellFormed().replace(ESCAPED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}'`;

/** A list of literals. The API server looks a text up in it without a scan. */
export const listOf = (texts: Iterable<string>): Cel => `[${Array.from(texts, quote).join(',')}]`;

/** Flat, because the parser of the API server limits the depth of an expression. */
export const allOf = (conditions: readonly Cel[]): Cel => joined(conditions, '&&', 'true');

export const anyOf = (conditions: readonly Cel[]): Cel => joined(conditions, '||', 'false');

export const not = (condition: Cel): Cel =>
  condition === 'true' ? 'false' : condition === 'false' ? 'true' : `!(${condition})`;

export const when = (condition: Cel, then: Cel, otherwise: Cel): Cel =>
  then === otherwise ? then : `(${condition} ? ${then} : ${otherwise})`;

/** Joined in pairs, because the parser of the API server limits the depth of an expression. */
export function concat(lists: readonly Cel[]): Cel {
  const [first, second] = lists;
  if (first === undefined) return '[]';
  if (second === undefined) return first;
  if (lists.length === 2) return `${first} + ${second}`;
  const half = Math.ceil(lists.length / 2);
  return `(${concat(lists.slice(0, half))}) + (${concat(lists.slice(half))})`;
}

function joined(conditions: readonly Cel[], operator: '&&' | '||', neutral: Cel): Cel {
  const decisive = neutral === 'true' ? 'false' : 'true';
  const asked = [...new Set(conditions)].filter((one) => one !== neutral);
  if (asked.includes(decisive)) return decisive;
  if (asked.length === 0) return neutral;
  return asked.length === 1 ? asked.join() : `(${asked.join(` ${operator} `)})`;
}

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
