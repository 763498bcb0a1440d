/** kustomize appends ten characters of this alphabet: a hash of the content. */
const GENERATED = /^(?<base>.+)-[2456789bcdfghkmt]{10}$/;

/** The name in the `secretGenerator` of kustomize that made a Secret of this name. Undefined for any other name. */
export const generatorNameOf = (name: string): string | undefined => GENERATED.exec(name)?.groups?.base;

/** Two names that one `secretGenerator` gives to its Secret, with different hashes or without one. */
export const isOfSameGenerator = (one: string, other: string): boolean =>
  one !== other && (generatorNameOf(one) ?? one) === (generatorNameOf(other) ?? other);

/** The way on for a PostgresCredential whose Secret has a hash in its name. */
export const FOLLOW_HASH =
  'let kustomize write its name into spec.secretName, by a nameReference, or set disableNameSuffixHash to true in the options of its secretGenerator, and immutable to false';

/** The condition of a PostgresCredential without its Secret. `names` are the other Secrets of its namespace. */
export function missingSecretReason(secretName: string, names: Iterable<string>): string {
  const missing = 'there is no such Secret';
  for (const name of names)
    if (generatorNameOf(name) === secretName)
      return `${missing}, but kustomize made ${name}, and adds another hash at each change: ${FOLLOW_HASH}`;
  return missing;
}
