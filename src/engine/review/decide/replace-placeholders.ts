import { matchingPolicies } from '../../policy/match/match.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Request, Secret } from '../../secret/secret.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import { placeholderMatchOf } from '../derivation/placeholder-match.ts';
import type { EngineContext } from '../evaluation/decision.ts';
import { evaluationOf } from '../evaluation/evaluation.ts';
import { generateValue } from './generate-value.ts';

export interface ReplacedPlaceholders {
  /** A new value for each placeholder of a key that its policy generates. */
  readonly values: ReadonlyMap<string, Sensitive>;
  /** The other keys that hold no real value: a template, or a placeholder for a value that nobody may invent. */
  readonly kept: readonly string[];
}

/** A derived key among `kept` may still follow a new value of its base key. */
export function replacePlaceholders(
  secret: Secret,
  policies: readonly Policy[],
  { random }: Pick<EngineContext, 'random'>,
  namespaceLabels?: Request['namespaceLabels'],
): ReplacedPlaceholders {
  const request = {
    operation: 'CREATE',
    secret,
    old: undefined,
    username: undefined,
    ...(namespaceLabels === undefined ? {} : { namespaceLabels }),
  } as const;
  const evaluation = evaluationOf(request, matchingPolicies(request, policies));
  const values = new Map<string, Sensitive>();
  const kept: string[] = [];
  for (const key of secret.data.keys()) {
    const match = placeholderMatchOf(evaluation, key);
    const entry = evaluation.managedKeys.get(key)?.entry;
    // A constant of an emulator is only a warning.
    if (match === undefined || match.maxAction !== undefined) continue;
    const isReplaceable = match.rule === 'placeholder' && !match.inUrl && entry?.generate !== undefined;
    if (isReplaceable) values.set(key, generateValue(entry.name, entry.generate, random));
    else kept.push(key);
  }
  return { values, kept };
}
