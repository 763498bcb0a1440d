/**
 * `*` is any run of characters, `?` any one. The match needs two indices and remembers one `*` to return to. It takes
 * at most pattern × text steps, never exponential time.
 */
export function globMatches(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let p = 0;
  while (at < text.length) {
    if (p < pattern.length && (pattern[p] === '?' || (pattern[p] === text[at] && pattern[p] !== '*'))) {
      p++;
      at++;
    } else if (pattern[p] === '*') {
      star = p++;
      resume = at;
    } else if (star >= 0) {
      p = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

export const anyGlobMatches = (patterns: readonly string[], text: string): boolean =>
  patterns.some((pattern) => globMatches(pattern, text));
