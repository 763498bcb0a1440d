/** What is wrong with a policy, and where: `path` leads to the place in the document. */
export interface Problem {
  readonly path: readonly (string | number)[];
  /** A sentence: what is wrong, and what to do. */
  readonly message: string;
}

/** What zod says of one place, as far as it is used here. */
export interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly expected?: unknown;
  readonly keys?: readonly string[];
}

/** `of`: what the document is, a SecretPolicy. */
export function schemaProblem(issue: Issue, of: string): Problem {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const [unknown] = issue.code === 'unrecognized_keys' ? (issue.keys ?? []) : [];
  if (unknown !== undefined) {
    return { path: [...path, unknown], message: `is no field of ${of}: remove it or mend its name` };
  }
  if (issue.code === 'invalid_key') {
    return { path, message: 'is no key that a Secret can hold: use letters, digits, "-", "_" and "."' };
  }
  if (issue.code === 'invalid_type') {
    const isMissing = issue.message.endsWith('received undefined');
    return {
      path,
      message: `${isMissing ? 'is missing' : 'has the wrong type'}: write ${withArticle(String(issue.expected))}`,
    };
  }
  return { path, message: issue.message.replace(PREFIX, 'must be ') };
}

const PREFIX = /^(Invalid (input|option): expected |Too (small|big): expected \w+ to (be|have) )/;

const withArticle = (noun: string): string => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
