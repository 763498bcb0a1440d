import type { Annotation } from '../../secret/kubernetes/kubernetes-names.ts';
import type { Workload } from './consumers.ts';

/** The annotation of a pod template with the versions that its pods were last restarted for. */
export const SECRET_VERSION_ANNOTATION = 'lockstep.dev/secret-version' satisfies Annotation;

/**
 * The text for version `number` of `secret`. It is the number alone if the template reads no other Secret. Otherwise it
 * has `NAME=N` pairs, and those of other Secrets stay. `isForeign` means that the present text came from another
 * workload, so the new text must differ from it.
 */
export function versionAnnotationFor(
  annotation: string | undefined,
  secret: string,
  number: number,
  { reads, isForeign = false }: { readonly reads: Iterable<string>; readonly isForeign?: boolean },
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

/** The version of `secret` in the text. Undefined if it has none. */
export function annotatedVersion(
  annotation: string | undefined,
  secret: string,
  reads: Iterable<string>,
): number | undefined {
  const isAlone = [...reads].every((name) => name === secret);
  if (isAlone && annotation !== undefined && NUMBER.test(annotation)) return Number(annotation);
  return new Map(entriesOf(annotation)).get(secret);
}

/** The highest version of `secret` that any workload shows, or 0. */
export const highestVersion = (workloads: readonly Workload[], secret: string): number =>
  Math.max(
    0,
    ...workloads.map(
      ({ versionAnnotation, uses }) => annotatedVersion(versionAnnotation, secret, uses.keys()) ?? 0,
    ),
  );

/** Fifteen digits are exact. */
const NUMBER = /^[1-9]\d{0,14}$/;

/** lockstep writes pairs only. Any other text is left out. */
const entriesOf = (annotation: string | undefined): readonly (readonly [string, number])[] =>
  (annotation ?? '').split(',').flatMap((pair) => {
    const [name = '', version = '', ...more] = pair.split('=');
    if (!/^[-a-z0-9.]{1,253}$/.test(name) || !NUMBER.test(version) || more.length > 0) return [];
    return [[name, Number(version)] as const];
  });
