import { placeholderIn } from '../evaluation/base-key-check.ts';
import type { Budget } from '../evaluation/budget.ts';
import type { Case, Governed } from '../evaluation/evaluation.ts';
import { Sensitive } from '../secret/sensitive.ts';
import { isSensitiveKey } from '../secret/sensitive-keys.ts';
import type { Complaint, SecretRule } from './rule.ts';
import { generator } from './suggest.ts';

export const distinct: SecretRule = {
  id: 'distinct',
  meaning:
    'Two sensitive keys hold one value: who learns the one has the other, and neither can be rotated alone.',
  example: 'JWT_SECRET and JWT_REFRESH_SECRET are the same',
  mend: 'Generate a value of its own for each key.',
  check: sharedValues,
};

function sharedValues(aCase: Case, budget: Budget): readonly Complaint[] {
  const sensitive = [...aCase.data].filter(
    ([key, value]) => !value.isEmpty && mustBeItsOwn(aCase, key, value),
  );
  return Sensitive.sameValues(sensitive).flatMap(([first, ...others]) => {
    if (first === undefined || placeholderIn(aCase, first) !== undefined) return [];
    return others.flatMap((key) => {
      budget.spend();
      return complaintOf(aCase, first, key) ?? [];
    });
  });
}

/** `NUM_TOKENS: 10`: shorter values of keys that nobody named are settings. */
const SHORTEST_UNNAMED = 8;

function mustBeItsOwn({ governed, unnamed }: Case, key: string, { size }: Sensitive): boolean {
  const entry = governed.get(key)?.entry;
  if (entry === undefined) return unnamed !== undefined && size >= SHORTEST_UNNAMED && isSensitiveKey(key);
  return (entry.sensitive === true && entry.derive === undefined) || entry.distinctFrom.length > 0;
}

function complaintOf(aCase: Case, a: string, b: string): Complaint | undefined {
  if (areOneKey(aCase, a, b)) return undefined;
  // The key that names the other is the one to change; else the later one.
  const [key, other] = names(aCase.governed.get(a), aCase.governed.get(b)) ? [a, b] : [b, a];
  const entry = aCase.governed.get(key)?.entry;
  const fix = `generate a value of its own${entry === undefined ? '' : generator(entry, ', e.g. ')}`;
  return { key, other, message: `has the same value as ${other}`, fix };
}

const names = (one: Governed | undefined, other: Governed | undefined): boolean =>
  other !== undefined && (one?.entry.distinctFrom.includes(other.entry.name) ?? false);

/** Two spellings of one key, or a key and the one that keeps its previous value, may well be equal. */
function areOneKey({ governed }: Case, a: string, b: string): boolean {
  const covers = (one: string, other: string): boolean => {
    const entry = governed.get(one)?.entry;
    return (
      entry !== undefined &&
      (entry.rotate?.previousKey === other || entry.name === other || entry.aliases.includes(other))
    );
  };
  return covers(a, b) || covers(b, a);
}
