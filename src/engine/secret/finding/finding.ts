/** The effect of a finding: refuse the request, print a warning, or only record it. */
export type Action = 'Enforce' | 'Warn' | 'Audit';

/** Stable IDs. docs/reference/rules.md documents each of them. */
export type RuleId =
  | 'required'
  | 'empty'
  | 'removed'
  | 'changed'
  | 'placeholder'
  | 'unrendered-template'
  | 'unresolved-reference'
  | 'min-length'
  | 'max-length'
  | 'weak'
  | 'distinct'
  | 'format'
  | 'prefix'
  | 'enum'
  | 'pattern'
  | 'validation'
  | 'policy-error'
  | 'mismatch'
  | 'underivable'
  | 'unquotable'
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
  | 'changed-again'
  | 'two-writers'
  | 'replaced'
  | 'reverted'
  | 'invalid-certificate'
  | 'certificate-mismatch'
  | 'certificate-order'
  | 'expired-certificate'
  | 'too-large';

/**
 * One broken rule for one key. Holds neither a value nor a part, a hash or a length of one.
 *
 * `message` is a predicate about the key ("is a placeholder"). `fix` is the instruction that removes the finding ("set
 * a generated value, e.g. …").
 */
export interface Finding {
  readonly rule: RuleId;
  /** The key as the Secret spells it. Empty if the finding is about the whole Secret. */
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

/** Sorts the strongest action first. */
export const strongestFirst = (a: Pick<Finding, 'action'>, b: Pick<Finding, 'action'>): number =>
  STRICTNESS[b.action] - STRICTNESS[a.action];

/** The first findings up to a limit: those that refuse, then those that warn, then those that are only recorded. */
export function strongestOf<One extends Pick<Finding, 'action'>>(
  findings: readonly One[],
  most: number,
): readonly One[] {
  if (findings.length <= most) return findings.toSorted(strongestFirst);
  const of = (wanted: Action): readonly One[] => findings.filter(({ action }) => action === wanted);
  return [...of('Enforce'), ...of('Warn'), ...of('Audit')].slice(0, most);
}

export const denies = ({ action }: Pick<Finding, 'action'>): boolean => action === 'Enforce';

/** Two findings with the same identity are the same fault, before and after a change. */
export const findingIdentity = ({ rule, key }: Pick<Finding, 'rule' | 'key'>): string => `${rule} ${key}`;

/** The field of a finding, as kubectl prints it: `data[JWT_SECRET]`. */
export function fieldOf(finding: { readonly key: string }): string {
  return finding.key === '' ? 'data' : `data[${finding.key}]`;
}

/** A finding as a person reads it. A finding about the rules of the API server has no policy. */
export interface ReportedFinding extends Pick<Finding, 'message' | 'fix'> {
  readonly rule: string;
  readonly policy?: string | undefined;
}

/** After the field: `is a placeholder [lockstep/placeholder]: set a generated value (policy jwt-keys)`. */
export const sentence = ({ policy, ...finding }: ReportedFinding): string =>
  `${sentenceWithoutPolicy(finding)}${policySuffix(policy)}`;

/** For a report that has a column for the policy. */
export const sentenceWithoutPolicy = ({ message, rule, fix }: Omit<ReportedFinding, 'policy'>): string =>
  `${message} [lockstep/${rule}]: ${fix}`;

/** For a command with a fix of its own: the fix of a finding is a change of what a person writes. */
export const sentenceWithoutFix = ({ message, rule, policy }: Omit<ReportedFinding, 'fix'>): string =>
  `${message} [lockstep/${rule}]${policySuffix(policy)}`;

/** Policies can have names of 253 characters. A person finds the policy by the first ones. */
const MAX_POLICY_CHARACTERS = 63;

/** ` (policy jwt-keys)`, after the text of a finding. */
export function policySuffix(policy: string | undefined): string {
  if (policy === undefined || policy === '') return '';
  const isLong = policy.length > MAX_POLICY_CHARACTERS;
  return ` (policy ${isLong ? `${policy.slice(0, MAX_POLICY_CHARACTERS)}…` : policy})`;
}
