import type { Annotation } from '../secret/kubernetes-names.ts';
import type { Workload } from './consumers.ts';

/** What a pod template says of the versions that its pods were last restarted for. */
export const SECRET_VERSION_ANNOTATION = 'lockstep.dev/secret-version' satisfies Annotation;

/**
 * The text for version `number` of `secret`: the number alone where the template reads no other Secret, else `NAME=N` pairs, in which the others stay. `reads`:
 * the names of the Secrets that the template reads. `isNews`: the text found is of something else, and must not come out again.
 */
export function versionAnnotationFor(
  annotation: string | undefined,
  secret: string,
  number: number,
  { reads, isNews: isForeign = false }: { readonly reads: Iterable<string>; readonly isNews?: boolean },
): string {
  const alone = String(number);
  const isAlone = [...reads].every((name) => name === secret);
  if (isAlone && !(isForeign && annotation === alone)) return alone;
  const entries = new Map(entriesOf(annotation)).set(secret, number);
  return [...entries]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, version]) => `${name}=${version}`)
    .join(',');
}

/** The version of `secret` that the text tells; undefined where it tells none. */
export function annotatedVersion(
  annotation: string | undefined,
  secret: string,
  reads: Iterable<string>,
): number | undefined {
  const isAlone = [...reads].every((name) => name === secret);
  if (isAlone && annotation !== undefined && NUMBER.test(annotation)) return Number(annotation);
  return new Map(entriesOf(annotation)).get(secret);
}

/** The highest version of `secret` that any of them bears; 0 where none does. */
export const highestVersion = (workloads: readonly Workload[], secret: string): number =>
  Math.max(
    0,
    ...workloads.map(
      ({ versionAnnotation, uses }) => annotatedVersion(versionAnnotation, secret, uses.keys()) ?? 0,
    ),
  );

/** Fifteen digits are exact. */
const NUMBER = /^[1-9]\d{0,14}$/;

/** What is no pair was not written here, and is left out. */
const entriesOf = (annotation: string | undefined): readonly (readonly [string, number])[] =>
  (annotation ?? '').split(',').flatMap((pair) => {
    const [name = '', version = '', ...more] = pair.split('=');
    if (!/^[-a-z0-9.]{1,253}$/.test(name) || !NUMBER.test(version) || more.length > 0) return [];
    return [[name, Number(version)] as const];
  });
