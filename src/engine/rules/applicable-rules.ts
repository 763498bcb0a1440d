import type { ManagedKey } from '../evaluation/evaluation.ts';
import { factByPlan, type KeyPlan } from '../evaluation/key-plan.ts';
import type { KeyEntry } from '../policy/policy.ts';
import type { ValueFacts } from '../secret/value-facts.ts';
import type { PartName } from '../uri/connection.ts';
import { keyRules, secretRules } from './registry.ts';
import { KEY_STATE, type KeyRule, type SecretRule } from './rule.ts';

/** The rules that can find a fault of one key, by the state of the key. Each list is in the order of the registry. */
export interface ApplicableRules {
  readonly absent: readonly KeyRule[];
  readonly empty: readonly KeyRule[];
  readonly filled: readonly KeyRule[];
}

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

/** By the classes of the characters alone. A rule without conditions finds faults in any value. */
export const canBreak = ({ signs, onlySigns }: KeyRule, facts: ValueFacts): boolean =>
  (signs === undefined || facts.has(signs)) && (onlySigns === undefined || facts.hasOnly(onlySigns));

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
  const about = (state: number): readonly KeyRule[] =>
    concerned.filter(({ states = KEY_STATE.filled }) => (states & state) !== 0);
  return {
    absent: about(KEY_STATE.absent),
    empty: about(KEY_STATE.empty),
    filled: about(KEY_STATE.filled),
  };
}

/** The parts of a URL, as bits. */
const PART: Readonly<Record<PartName, number>> = { user: 1, password: 2, host: 4, port: 8, database: 16 };

const partsOf = ({ urlPositions }: KeyPlan, key: string): number =>
  urlPositions.get(key)?.reduce((parts, { part }) => parts | PART[part], 0) ?? 0;
