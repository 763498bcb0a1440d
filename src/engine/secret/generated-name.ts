/** kustomize appends ten characters of this alphabet: a hash of the content. */
const GENERATED = /^(?<base>.+)-[2456789bcdfghkmt]{10}$/;

/** The name in the `secretGenerator` of kustomize that made a Secret of this name. Undefined for any other name. */
export const generatorNameOf = (name: string): string | undefined => GENERATED.exec(name)?.groups?.base;

/** The way on for a PostgresCredential whose Secret has a hash in its name. */
export const WITHOUT_HASH =
  'set disableNameSuffixHash to true in the options of its secretGenerator, and immutable to false';

/** The condition of a PostgresCredential without its Secret. `names` are the other Secrets of its namespace. */
export function missingSecretReason(secretName: string, names: Iterable<string>): string {
  const missing = 'there is no such Secret';
  for (const name of names)
    if (generatorNameOf(name) === secretName)
      return `${missing}, but kustomize made ${name}, and adds another hash at each change: ${WITHOUT_HASH}`;
  return missing;
}
