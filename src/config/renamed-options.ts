/** Options by the name that they had before 0.1.0. No alias: only the error for an unknown name suggests the new one. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['strictest', 'max-action'],
  ['restoring-managers', 'restore-field-managers'],
  ['rehearse', 'dry-run'],
  ['as-written', 'from-secret'],
]);

/** The name that the option `name` has now; undefined where it was not renamed. */
export const renamedOption = (name: string): string | undefined => RENAMED.get(name);

/** The names that those options had before. */
export const formerNames = (names: readonly string[]): readonly (readonly [former: string, now: string])[] =>
  [...RENAMED].filter(([, now]) => names.includes(now));
