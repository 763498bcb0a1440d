import type { RuleText } from './rule.ts';

/** No check of a write belongs to these rules: only the record knows what the Secret held before. */

export const changedAgain = {
  id: 'changed-again',
  meaning:
    'One writer has changed a sensitive value three times within a week. Most often a chart or a script draws a new value at each run, and the program behind it does not follow.',
  example: 'POSTGRES_PASSWORD: {{ randAlphaNum 32 }} in a template, at the third helm upgrade',
  remediation:
    'Set `onChange: Keep` on the key in a policy. Then the Secret keeps its value, whatever the template draws.',
  maxAction: 'Warn',
} as const satisfies RuleText;

export const twoWriters = {
  id: 'two-writers',
  meaning:
    'Two writers set the same key in turn, more than three times within an hour. Each of them undoes the work of the other, and the consumers get another value each time.',
  example: 'POSTGRES_HOST in a Helm chart and in a Kustomization of Flux, with two values',
  remediation: 'Leave the key to one of the writers, and remove it from the source of the other.',
  maxAction: 'Warn',
} as const satisfies RuleText;

export const reverted = {
  id: 'reverted',
  meaning:
    'A writer has set a sensitive key back to the value of an earlier version, and another writer had changed it in between. Most often a chart or a manifest still holds the value from before a rotation.',
  example: 'helm upgrade with the old POSTGRES_PASSWORD, after lockstep rotate',
  remediation:
    'Set `onChange: Keep` on the key in a policy. If the value before is the right one, run the command of the finding.',
  maxAction: 'Warn',
} as const satisfies RuleText;

export const replaced = {
  id: 'replaced',
  meaning:
    'The Secret was deleted and created again within a week, and a sensitive key has another value than before. No webhook sees such a change. The record still holds the value from before.',
  example: 'helm uninstall, then helm install, with a chart that draws the password',
  remediation:
    'If the earlier value is the right one, run the command of the finding. If the new one is right, do nothing.',
  maxAction: 'Warn',
} as const satisfies RuleText;
