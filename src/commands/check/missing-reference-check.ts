import type { MadeSecret } from '../../engine/workloads/references/made-secrets.ts';
import type { KnownSecret } from '../../engine/workloads/references/missing-references.ts';
import type { ManifestSecret } from '../../manifest/object/manifest-secret.ts';
import type { ManifestFileContent } from '../../manifest/read/read.ts';
import type { CollectedObject, PlacedFinding } from '../../manifest/references/collect.ts';
import type { CheckedObject, CheckFinding, CheckHint, OtherPlace } from '../../report/check-report.ts';
import { plural } from '../../report/wording.ts';

/** Finds the references to a Secret, or to a key of one, that the run does not have. */
export interface MissingReferenceCheck {
  /** `keys`: those that the Secret will have with lockstep's changes. Undefined for ciphertext: they may differ. */
  readonly addSecret: (manifest: ManifestSecret, keys: readonly string[] | undefined) => void;
  readonly addFile: (file: ManifestFileContent) => void;
  readonly result: () => Promise<MissingReferenceResult>;
}

interface MissingReferenceResult {
  /** The objects with at least one finding. */
  readonly objects: readonly CheckedObject[];
  /** One for each Secret that something makes later, or that only another namespace has. */
  readonly hints: readonly CheckHint[];
}

interface SecretOfRun extends KnownSecret {
  /** Undefined if a controller copies it to other namespaces. */
  readonly namespace: string | undefined;
}

/** Annotations of Reflector and of Kubernetes Replicator, which copy a Secret to other namespaces. */
const isOfMirror = (annotation: string): boolean =>
  /^(?:reflector\.v1\.k8s\.emberstack\.com|replicator\.v1\.mittwald\.de)\//.test(annotation);

export function missingReferenceCheck(): MissingReferenceCheck {
  const secrets = new Map<string, SecretOfRun[]>();
  const collected: CollectedObject[] = [];
  const made: MadeSecret[] = [];
  return {
    addSecret: ({ secret: { name, namespace, annotations } }, keys) => {
      const known = {
        namespace: [...annotations.keys()].some(isOfMirror) ? undefined : namespace,
        // Something fills a Secret without keys later.
        keys: keys === undefined || keys.length === 0 ? undefined : new Set(keys),
      };
      const others = secrets.get(name);
      if (others === undefined) secrets.set(name, [known]);
      else others.push(known);
    },
    addFile: ({ references }) => {
      for (const object of references?.objects ?? []) collected.push(object);
      for (const one of references?.made ?? []) made.push(one);
    },
    result: async () =>
      collected.length === 0 ? { objects: [], hints: [] } : await compare(collected, secrets, made),
  };
}

async function compare(
  collected: readonly CollectedObject[],
  secrets: ReadonlyMap<string, readonly SecretOfRun[]>,
  made: readonly MadeSecret[],
): Promise<MissingReferenceResult> {
  const [{ missingReferencesOf, readBy }, { makersByName }, { hasPods }] = await Promise.all([
    import('../../engine/workloads/references/missing-references.ts'),
    import('../../engine/workloads/references/made-secrets.ts'),
    import('../../engine/workloads/references/secret-references.ts'),
  ]);
  const moreReaders = (others: readonly OtherPlace[], repetitions: number): string =>
    others.length === 0
      ? `${repetitions} more`
      : plural(others.length, others.every(({ kind }) => hasPods(kind)) ? 'more workload' : 'more object');
  const hints = new Map<string, CheckHint>();
  const makerOf = makersByName(made);
  const objects = collected.flatMap((object) => {
    const found = missingReferencesOf(object.references, {
      secretsNamed: (name) => secretsIn(secrets.get(name) ?? [], object.namespace),
      makerOf,
      place: 'run',
      otherNamespaceOf: (name) => secrets.get(name)?.[0]?.namespace,
    });
    for (const { secret, maker } of found.made)
      hints.set(secret, { file: object.place.file, kind: 'made-secret', target: `${secret} by ${maker}` });
    for (const { secret, namespace } of found.elsewhere)
      hints.set(`${object.namespace}/${secret}`, {
        file: object.place.file,
        kind: 'other-namespace',
        target: `${secret} is in ${namespace}, and ${object.kind} ${object.namespace}/${object.name} reads it`,
      });
    const findings = [
      ...object.findings.map(checkFinding),
      ...found.missing.map(({ reference: { place, reader }, fault, message, fix }) => ({
        ...checkFinding({ rule: 'missing-reference', key: '', message, fix, place }),
        shared: {
          id: JSON.stringify([object.namespace ?? 'default', fault]),
          messageWith: (objects: readonly OtherPlace[], repetitions: number) =>
            readBy(fault, reader, moreReaders(objects, repetitions)),
        },
      })),
    ];
    return findings.length === 0 ? [] : checkedObject(object, findings);
  });
  return { objects, hints: [...hints.values()] };
}

/** Without a namespace, a manifest may be meant for any. The reader of manifests calls that `default`. */
function secretsIn(secrets: readonly SecretOfRun[], namespace = 'default'): readonly SecretOfRun[] {
  if (namespace === 'default') return secrets;
  return secrets.filter(
    (secret) =>
      secret.namespace === undefined || secret.namespace === namespace || secret.namespace === 'default',
  );
}

const checkFinding = ({ rule, key, message, fix, place: { line, column } }: PlacedFinding): CheckFinding => ({
  rule,
  key,
  action: 'Warn',
  message,
  fix,
  line,
  column,
});

const checkedObject = (
  { kind, namespace = 'default', name, place }: CollectedObject,
  findings: readonly CheckFinding[],
): CheckedObject => ({
  kind,
  ref: `${namespace}/${name}`,
  file: place.file,
  line: place.line,
  findings,
});
