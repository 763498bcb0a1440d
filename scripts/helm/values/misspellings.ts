/**
 * The misspellings of each name, as a pattern. One that is another name of the same place is a name, so the pattern is
 * left out. `others` are further names there.
 */
export function misspellings(
  names: readonly string[],
  others: readonly string[],
): ReadonlyMap<string, string> {
  const taken = [...names, ...others];
  const patterns = names.map((name) => [name, `^${oneErrorIn(name)}$`] as const);
  return new Map(
    patterns.filter(([, pattern]) => !taken.some((name) => new RegExp(pattern, 'u').test(name))),
  );
}

/**
 * Matches what differs from `text` in one letter: it is missing, wrong or too many, or two are swapped. A pattern of Go
 * has no lookahead, so no alternative may match the text itself.
 */
function oneErrorIn(text: string): string {
  const [first = '', second = ''] = text;
  if (first === '') return '.';
  const rest = text.slice(1);
  const swapped = second === '' || second === first ? [] : [`${second}${first}${text.slice(2)}`];
  const alternatives = [`[^${first}]?${rest}`, `[^${first}]${text}`, ...swapped];
  return `(?:${[...alternatives, `${first}${oneErrorIn(rest)}`].join('|')})`;
}
