/**
 * Fields by their path before 0.1.0. No field has an alias: the error for an unknown field only suggests the new name.
 */
const RENAMED: readonly (readonly [kind: string, former: RegExp, now: string])[] = [
  ['a PostgresCredential', /^spec\.roles$/, 'spec.rotation.strategy'],
  ['a PostgresCredential', /^spec\.rotate$/, 'spec.rotation'],
  ['a SecretPolicy', /\.rotate\.keep$/, 'previousKey'],
  ['a SecretPolicy', /\.rotate\.keepFor$/, 'gracePeriod'],
];

/**
 * The present name of the field at `path`, or undefined if it was not renamed. `of` is for example `a SecretPolicy`.
 */
export const renamedField = (of: string, path: string): string | undefined =>
  RENAMED.find(([kind, former]) => kind === of && former.test(path))?.[2];
