/** What a finding does: deny the request, print a warning, or be recorded only. */
export type Action = 'Enforce' | 'Warn' | 'Audit';

/** Stable ids, documented one by one in docs/rules.md. */
export type RuleId =
  | 'required'
  | 'empty'
  | 'placeholder'
  | 'unrendered-template'
  | 'unresolved-reference'
  | 'min-length'
  | 'weak'
  | 'distinct'
  | 'format'
  | 'mismatch'
  | 'underivable'
  | 'stale-copy'
  | 'invalid-uri'
  | 'unescaped-uri'
  | 'trailing-newline'
  | 'whitespace'
  | 'quoted'
  | 'double-base64'
  | 'plain-text-in-data'
  | 'control-character'
  | 'unportable-name'
  | 'hash-shaped'
  | 'unstable-unicode'
  | 'non-ascii'
  | 'exposed-annotation'
  | 'too-large-to-judge';

/**
 * One thing wrong with one key. Holds neither a value nor a piece, a hash or a length of one.
 *
 * `message` says what is wrong with the key ("is a placeholder"), `fix` what to do about it ("set a generated value, e.g. …").
 */
export interface Finding {
  readonly rule: RuleId;
  /** The key as the Secret spells it. Empty where the finding is about the whole Secret. */
  readonly key: string;
  readonly action: Action;
  readonly message: string;
  readonly fix: string;
  /** The policy whose entry decided. */
  readonly policy: string;
}

const STRICTNESS: Record<Action, number> = { Audit: 0, Warn: 1, Enforce: 2 };

export function stricter(a: Action, b: Action): Action {
  return STRICTNESS[a] >= STRICTNESS[b] ? a : b;
}

export function milder(a: Action, b: Action): Action {
  return STRICTNESS[a] <= STRICTNESS[b] ? a : b;
}

/** The strictest first. */
export const byStrictness = (a: Pick<Finding, 'action'>, b: Pick<Finding, 'action'>): number =>
  STRICTNESS[b.action] - STRICTNESS[a.action];

/** The first so many of them: those that refuse, then those that warn, then the others. */
export function strictestOf<One extends Pick<Finding, 'action'>>(
  findings: readonly One[],
  most: number,
): readonly One[] {
  if (findings.length <= most) return findings.toSorted(byStrictness);
  const of = (wanted: Action): readonly One[] => findings.filter(({ action }) => action === wanted);
  return [...of('Enforce'), ...of('Warn'), ...of('Audit')].slice(0, most);
}

export const denies = ({ action }: Pick<Finding, 'action'>): boolean => action === 'Enforce';

/** The field a finding is about, as kubectl prints it: `data[JWT_SECRET]`. */
export function fieldOf(finding: { readonly key: string }): string {
  return finding.key === '' ? 'data' : `data[${finding.key}]`;
}

/** The sentence after the field: `is a placeholder [lockstep/placeholder]: set a generated value`. */
export function sentence(finding: Pick<Finding, 'rule' | 'message' | 'fix'>): string {
  return `${finding.message} [lockstep/${finding.rule}]: ${finding.fix}`;
}
