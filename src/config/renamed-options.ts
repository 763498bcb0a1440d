/** Option names before 0.1.0. They are no aliases: the error for an unknown name only suggests the new one. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['strictest', 'max-action'],
  ['restoring-managers', 'restore-field-managers'],
  ['rehearse', 'dry-run'],
  ['as-written', 'from-secret'],
]);

/** The present names of options whose environment variable is as before, or that have none. */
const RENAMED_FLAGS: ReadonlyMap<string, string> = new Map([
  ['namespace', 'lockstep-namespace'],
  ['format', 'output'],
]);

/** The present name of the option `name`. Undefined if it was not renamed. */
export const renamedOption = (name: string): string | undefined =>
  RENAMED.get(name) ?? RENAMED_FLAGS.get(name);

/** The previous names of these options. */
export const formerNames = (names: readonly string[]): readonly (readonly [former: string, now: string])[] =>
  [...RENAMED].filter(([, now]) => names.includes(now));
