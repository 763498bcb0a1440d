import { type Action, strongestFirst } from '../finding/finding.ts';
import type { Policy } from './policy.ts';

/** The different actions of a policy's entries and rules, the strongest first. */
export function actionsOf({ keys, validations, defaultEntry }: Policy): readonly Action[] {
  const entries = defaultEntry === undefined ? keys : [...keys, defaultEntry];
  const actions = [...entries, ...entries.flatMap((entry) => entry.validations), ...validations];
  return [...new Set(actions.map(({ action }) => action))].sort((a, b) =>
    strongestFirst({ action: a }, { action: b }),
  );
}
