import { GENERATE_ANNOTATION } from '../../engine/review/decide/generate.ts';
import type { Evaluation } from '../../engine/review/evaluation/evaluation.ts';
import { pointerTo } from '../../engine/workloads/references/rotated-secrets.ts';
import type { ManifestSecret } from '../../manifest/object/manifest-secret.ts';
import type { ManifestFileContent } from '../../manifest/read/read.ts';
import type { CheckedSecret, CheckFinding } from '../../report/check-report.ts';

/** Finds keys that lockstep rotates, and that each sync of the manifests would set back. */
export interface RotatedKeyCheck {
  /** Must be called in the order of the Secrets. `evaluation` is absent if no policy decides about the Secret. */
  readonly add: (manifest: ManifestSecret, evaluation: Evaluation | undefined) => void;
  readonly addFile: (file: ManifestFileContent) => void;
  readonly addFindings: (secrets: readonly CheckedSecret[]) => readonly CheckedSecret[];
}

export function rotatedKeyCheck(namespace = 'default'): RotatedKeyCheck {
  const secrets: WrittenSecret[] = [];
  /** By Secret and key: a hostile manifest has a hundred thousand credentials. */
  const rotated = new Map<string, Map<string, RotatedKey>>();
  const ignored = new Set<string>();
  return {
    add: (manifest, evaluation) => {
      secrets.push(writtenSecret(manifest, evaluation));
    },
    addFile: ({ references }) => {
      for (const { namespace: own = namespace, secret, keys, writer, isScheduled } of references?.rotated ??
        []) {
        const ref = `${own}/${secret}`;
        const known = rotated.get(ref) ?? new Map<string, RotatedKey>();
        rotated.set(ref, known);
        for (const key of keys)
          if (known.get(key)?.isScheduled !== true) known.set(key, { writer, isScheduled });
      }
      for (const { pointer, secret = '' } of references?.ignored ?? []) ignored.add(`${secret}${pointer}`);
    },
    addFindings: (checked) =>
      checked.map((one, index) => {
        const secret = secrets[index];
        const findings = secret === undefined ? [] : findingsOf(secret, rotated.get(one.ref), ignored);
        return findings.length === 0 ? one : { ...one, findings: [...one.findings, ...findings] };
      }),
  };
}

interface RotatedKey {
  /** `PostgresCredential app`, `policy jwt-keys` */
  readonly writer: string;
  readonly isScheduled: boolean;
}

/** The part of a Secret that the comparison needs. It holds no value. */
interface WrittenSecret {
  readonly name: string;
  /** The keys with a value that an update replaces. */
  readonly keys: ReadonlySet<string>;
  /** The keys that a policy rotates, with the policy. */
  readonly byPolicy: ReadonlyMap<string, RotatedKey>;
  readonly placeOf: ManifestSecret['placeOf'];
}

function writtenSecret(
  { secret, placeOf }: ManifestSecret,
  evaluation: Evaluation | undefined,
): WrittenSecret {
  const managed = evaluation?.managedKeys;
  const isKept = (key: string): boolean => managed?.get(key)?.entry.onChange === 'Keep';
  // Nothing rotates an immutable Secret in place.
  const held = secret.immutable
    ? []
    : [...secret.data].filter(([key, { isEmpty }]) => !isEmpty && !isKept(key));
  const keys = new Set(held.map(([key]) => key));
  const generates = secret.annotations.get(GENERATE_ANNOTATION) === 'true';
  const rotating = [...(generates && managed !== undefined ? managed.values() : [])].filter(
    ({ key, entry }) => keys.has(key) && entry.rotate !== undefined,
  );
  const byPolicy = new Map(
    rotating.map(({ key, policy }) => [key, { writer: `policy ${policy.name}`, isScheduled: true }]),
  );
  return { name: secret.name, keys, byPolicy, placeOf };
}

function findingsOf(
  { name, keys, byPolicy, placeOf }: WrittenSecret,
  rotated: ReadonlyMap<string, RotatedKey> | undefined,
  ignored: ReadonlySet<string>,
): readonly CheckFinding[] {
  const isIgnored = (key: string): boolean =>
    [pointerTo(key), '/data'].some((pointer) => ignored.has(pointer) || ignored.has(`${name}${pointer}`));
  const all = new Map([...byPolicy, ...[...(rotated ?? [])].filter(([key]) => keys.has(key))]);
  return [...all]
    .filter(([key]) => !isIgnored(key))
    .map(([key, by]) => {
      const { line, column } = placeOf(key);
      return { ...findingOf(by), key, line, column };
    });
}

const findingOf = ({ writer, isScheduled }: RotatedKey) =>
  ({
    rule: 'rotated-key',
    action: isScheduled ? 'Warn' : 'Audit',
    message: `is in the manifest, and ${writer} ${isScheduled ? 'rotates it' : 'changes it on request'}: each sync sets the value of the manifest again`,
    fix: 'set onChange: Keep for it in a policy, or let the tool ignore it (spec.ignore of Flux, ignoreDifferences of Argo CD)',
  }) as const;
