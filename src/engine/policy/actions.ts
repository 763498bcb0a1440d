import { type Action, milder, strongestFirst } from '../secret/finding/finding.ts';
import type { Policy } from './policy.ts';

/** The different actions of a policy's entries and rules within the limit, the strongest first. */
export function actionsWithin(
  { keys, validations, defaultEntry }: Policy,
  maxAction: Action,
): readonly Action[] {
  const entries = defaultEntry === undefined ? keys : [...keys, defaultEntry];
  const actions = [...entries, ...entries.flatMap((entry) => entry.validations), ...validations];
  return [...new Set(actions.map(({ action }) => milder(action, maxAction)))].sort((a, b) =>
    strongestFirst({ action: a }, { action: b }),
  );
}
