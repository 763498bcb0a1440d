import type { Secret } from '../../secret/secret.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import type { Evaluation } from '../evaluation/evaluation.ts';
import { factByPlan } from '../evaluation/key-plan.ts';
import type { ManagedKey } from '../evaluation/resolve-keys.ts';

/** A stored value that a request changes, empties or drops, although its policy wants it to stay. */
export interface ReplacedValue {
  /** Its `key` is where the value belongs: the spelling that the request gives it, else the stored one. */
  readonly managedKey: ManagedKey;
  readonly storedKey: string;
  readonly value: Sensitive;
}

interface GuardedKey {
  readonly managedKey: ManagedKey;
  /** The spellings of the key about which no other entry decides. */
  readonly spellings: readonly string[];
}

const guardedKeys = factByPlan<readonly GuardedKey[]>(({ managedKeys }) => {
  const decided = new Set(managedKeys.keys());
  return [...managedKeys.values()].flatMap((managedKey) => {
    const { key, entry } = managedKey;
    if (entry.onChange === 'Accept') return [];
    const others = [entry.name, ...entry.aliases].filter((one) => !decided.has(one));
    for (const one of others) decided.add(one);
    return [{ managedKey, spellings: [key, ...others] }];
  });
});

/** By the present values. A Secret without keys that stay costs one look at its plan. */
export function replacedValues(evaluation: Evaluation): readonly ReplacedValue[] {
  const { old } = evaluation.request;
  const guarded = guardedKeys(evaluation.plan);
  if (old === undefined || guarded.length === 0) return [];
  return guarded.flatMap((one) => replacedOf(one, evaluation.data, old));
}

function replacedOf(
  { managedKey, spellings }: GuardedKey,
  data: Evaluation['data'],
  { data: before }: Secret,
): ReplacedValue[] {
  const renamed = new Set<string>();
  const isHeldBefore = (key: string): boolean => before.get(key)?.isEmpty === false;
  /** It is the new name of another spelling. */
  const holdsOther = (key: string): boolean =>
    spellings.some((one) => data.get(key)?.equals(before.get(one)));
  return spellings.filter(isHeldBefore).flatMap((storedKey) => {
    const value = before.get(storedKey)!;
    const isThere = data.has(storedKey);
    // The value stands under another spelling.
    if (
      value.equals(data.get(storedKey)) ||
      (!isThere && spellings.some((one) => value.equals(data.get(one))))
    )
      return [];
    const isNewName = (one: string): boolean =>
      data.has(one) && !isHeldBefore(one) && !renamed.has(one) && !holdsOther(one);
    const key = (isThere ? undefined : spellings.find(isNewName)) ?? storedKey;
    renamed.add(key);
    return [{ managedKey: { ...managedKey, key }, storedKey, value }];
  });
}
