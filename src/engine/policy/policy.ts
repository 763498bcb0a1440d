import type { Action } from '../secret/finding/finding.ts';
import type { PolicyCost } from './cost.ts';
import type { PatternText } from './pattern.ts';
import type { GenerateSpec, OnChange, RotateSpec } from './schema/key-schema.ts';
import type { MatchSpec } from './schema/schema.ts';
import type { DerivationTemplate, TemplateExpression } from './template/template.ts';

/** The computation of one derived key. */
export interface Derivation {
  readonly template: DerivationTemplate;
  /** Parts that the team chooses, even if the Secret holds their base key. */
  readonly free: ReadonlySet<string>;
  /** `Password`: the policy selects Secrets of unknown teams, and redirects no URL. */
  readonly bind: 'All' | 'Password';
  /** `Keep`: a URL of another user is another login. */
  readonly otherUser: 'Correct' | 'Keep';
  readonly exact: boolean;
  /** An absent key is added also next to another URL of the same system. */
  readonly addsBesideUrl: boolean;
  readonly addWith: readonly string[];
  /** Other accounts of the server, whose passwords have keys of their own. */
  readonly accounts: readonly AccountTemplate[];
  /** Names of all keys that the value depends on: those of the template and of the accounts. */
  readonly baseNames: readonly string[];
}

/** An account besides the one of the template, such as the superuser. */
export interface AccountTemplate {
  readonly user: TemplateExpression;
  readonly password: TemplateExpression;
}

/** One of `is`, `isNot` and `present` is set. */
export interface Condition {
  /** The name of the key that it reads, then its aliases. */
  readonly spellings: readonly string[];
  readonly is?: string | undefined;
  readonly isNot?: string | undefined;
  readonly present?: boolean | undefined;
}

/** A rule in CEL. */
export interface Validation {
  readonly expression: string;
  readonly message: string;
  readonly action: Action;
}

export interface KeyEntry {
  readonly name: string;
  readonly aliases: readonly string[];
  /** The entry applies only if it holds. */
  readonly when: Condition | undefined;
  readonly required: boolean;
  /** A missing key is a warning. */
  readonly recommended: boolean;
  readonly requiredWith: readonly string[] | undefined;
  /** `placeholders`: only the placeholder rules of a sensitive key apply. The default entry uses it. */
  readonly sensitive: boolean | 'placeholders';
  readonly minLength: number | undefined;
  /** A shorter value is a warning. */
  readonly recommendedLength: number | undefined;
  readonly maxLength: number | undefined;
  /** Findings about the strength and the spelling of the value are warnings. */
  readonly lenient: boolean;
  readonly distinctFrom: readonly string[];
  readonly format: string | undefined;
  readonly schemes: readonly string[] | undefined;
  readonly prefix: string | undefined;
  readonly enum: readonly string[] | undefined;
  /** In RE2 syntax. */
  readonly pattern: PatternText | undefined;
  readonly validations: readonly Validation[];
  readonly derive: Derivation | undefined;
  readonly generate: GeneratedForm | undefined;
  readonly rotate: RotateSpec | undefined;
  /** The effect of an update that changes, empties or drops the stored value. */
  readonly onChange: OnChange;
  /** In milliseconds. */
  readonly maxAge: number | undefined;
  readonly default: string | undefined;
  readonly action: Action;
}

/** The form of a generated value. `prefix` stands before what is generated. */
export type GeneratedForm = GenerateSpec & { readonly prefix?: string | undefined };

/** The names that the key may have in a Secret. */
export const spellingsOf = ({ name, aliases }: Pick<KeyEntry, 'name' | 'aliases'>): readonly string[] => [
  name,
  ...aliases,
];

/** The length of a new value, by which it has no finding. */
export const wantedLength = ({ minLength = 0, recommendedLength = 0 }: KeyEntry): number =>
  Math.max(minLength, recommendedLength);

/** An entry without any requirement. */
export const plainEntry = (name: string, action: Action): KeyEntry => ({
  name,
  aliases: [],
  when: undefined,
  required: false,
  recommended: false,
  requiredWith: undefined,
  sensitive: false,
  minLength: undefined,
  recommendedLength: undefined,
  maxLength: undefined,
  lenient: false,
  distinctFrom: [],
  format: undefined,
  schemes: undefined,
  prefix: undefined,
  enum: undefined,
  pattern: undefined,
  validations: [],
  derive: undefined,
  generate: undefined,
  rotate: undefined,
  onChange: 'Accept',
  maxAge: undefined,
  default: undefined,
  action,
});

export interface Exception {
  readonly namespace: string;
  readonly name: string;
  readonly keys: ReadonlySet<string>;
  readonly reason: string;
  /** YYYY-MM-DD. In effect to the end of this day, UTC. */
  readonly until: string;
}

/**
 * `Drift`: correct a value that agreed when lockstep saw it last. `Always`: correct also a value that disagreed when
 * lockstep saw it first.
 */
export type Heal = 'Off' | 'Drift' | 'Always';

/** A compiled SecretPolicy. */
export interface Policy {
  readonly name: string;
  readonly precedence: number;
  /** The action of an entry or rule without an action of its own. */
  readonly action: Action;
  readonly match: MatchSpec;
  readonly keys: readonly KeyEntry[];
  /** About the whole Secret. */
  readonly validations: readonly Validation[];
  /** The entry for each key that no policy names. */
  readonly defaultEntry: KeyEntry | undefined;
  readonly exceptions: readonly Exception[];
  /** How the controller treats a stored derived key that disagrees with its base keys. */
  readonly heal: Heal;
  readonly restart: boolean;
  readonly environments: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly cost: PolicyCost;
}

/** If two policies name one key, the first one decides: the higher precedence, then the first name in the alphabet. */
export function byPrecedence(
  a: Pick<Policy, 'name' | 'precedence'>,
  b: Pick<Policy, 'name' | 'precedence'>,
): number {
  if (a.precedence !== b.precedence) return b.precedence - a.precedence;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** An exception is valid to the end of its day, UTC. */
export function isExpired(exception: Exception, now: Date): boolean {
  return exception.until < now.toISOString().slice(0, 10);
}
