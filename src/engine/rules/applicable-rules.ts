import type { ManagedKey } from '../evaluation/evaluation.ts';
import { factByPlan, type KeyPlan } from '../evaluation/key-plan.ts';
import type { KeyEntry } from '../policy/policy.ts';
import { EVERY_CLASS, type ValueFacts } from '../secret/value-facts.ts';
import type { PartName } from '../uri/connection.ts';
import { keyRules, secretRules } from './registry.ts';
import { KEY_STATE, type KeyRule, type SecretRule } from './rule.ts';

/** A rule with its conditions on the value. All have one shape, because the engine asks thousands of them a second. */
export interface ApplicableRule {
  readonly rule: KeyRule;
  readonly check: KeyRule['check'];
  readonly isFinal: boolean;
  /** Every class, if the rule has no such condition. */
  readonly signs: number;
  readonly onlySigns: number;
  readonly suspects: KeyRule['suspects'];
}

/** The rules that can find a fault of one key, by the state of the key. Each list is in the order of the registry. */
export interface ApplicableRules {
  readonly absent: readonly ApplicableRule[];
  readonly empty: readonly ApplicableRule[];
  readonly filled: readonly ApplicableRule[];
  /** Those of `filled` that a value without any sign can break. Most values have none. */
  readonly unsigned: readonly ApplicableRule[];
  /** The signs of all others. */
  readonly signs: number;
}

/** The rules to ask about a value with these facts. */
export const rulesForValue = (rules: ApplicableRules, facts: ValueFacts): readonly ApplicableRule[] =>
  (rules.signs & facts.classes) === 0 ? rules.unsigned : rules.filled;

/** The rules for a plan: all that the names of the keys say about them. */
interface RulePlan {
  /** One for each key of `plan.allKeys`. */
  readonly keys: readonly ApplicableRules[];
  readonly secret: readonly SecretRule[];
}

export const rulePlanOf = factByPlan<RulePlan>((plan) => ({
  keys: plan.allKeys.map((one) => applicableRules(plan, one)),
  secret: secretRules.filter(({ concerns }) => concerns === undefined || concerns(plan)),
}));

/** By the classes of the characters alone. */
export const canBreak = ({ signs, onlySigns }: ApplicableRule, { classes }: ValueFacts): boolean =>
  (classes & signs) !== 0 && (classes & ~onlySigns) === 0;

const asApplicable = (rule: KeyRule): ApplicableRule => ({
  rule,
  check: rule.check,
  isFinal: rule.final === true,
  signs: rule.signs ?? EVERY_CLASS,
  onlySigns: rule.onlySigns ?? EVERY_CLASS,
  suspects: rule.suspects,
});

/** The lists for an entry, by the parts of URLs that the key is in. Ten thousand keys of one entry share them. */
const listsByEntry = new WeakMap<KeyEntry, Map<number, ApplicableRules>>();

function applicableRules(plan: KeyPlan, { key, entry }: ManagedKey): ApplicableRules {
  let lists = listsByEntry.get(entry);
  if (lists === undefined) {
    lists = new Map();
    listsByEntry.set(entry, lists);
  }
  const parts = partsOf(plan, key);
  let rules = lists.get(parts);
  if (rules === undefined) {
    const isUnnamed = entry === plan.defaultEntry?.entry;
    rules = selectRules(entry, isUnnamed, parts);
    lists.set(parts, rules);
  }
  return rules;
}

function selectRules(entry: KeyEntry, isUnnamed: boolean, parts: number): ApplicableRules {
  const isInUrl = (part?: PartName): boolean => (parts & (part === undefined ? -1 : PART[part])) !== 0;
  const concerned = keyRules.filter(
    ({ concerns }) => concerns === undefined || concerns({ entry, isUnnamed, isInUrl }),
  );
  const about = (state: number): readonly ApplicableRule[] =>
    concerned.filter(({ states = KEY_STATE.filled }) => (states & state) !== 0).map(asApplicable);
  const filled = about(KEY_STATE.filled);
  const hasSigns = ({ rule }: ApplicableRule): boolean => rule.signs !== undefined;
  return {
    absent: about(KEY_STATE.absent),
    empty: about(KEY_STATE.empty),
    filled,
    unsigned: filled.filter((one) => !hasSigns(one)),
    signs: filled.filter(hasSigns).reduce((all, { signs }) => all | signs, 0),
  };
}

/** The parts of a URL, as bits. */
const PART: Readonly<Record<PartName, number>> = { user: 1, password: 2, host: 4, port: 8, database: 16 };

const partsOf = ({ urlPositions }: KeyPlan, key: string): number =>
  urlPositions.get(key)?.reduce((parts, { part }) => parts | PART[part], 0) ?? 0;
