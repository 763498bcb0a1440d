import { decide } from '../../engine/review/decide/decide.ts';
import type { Request, Secret } from '../../engine/secret/secret.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { ManifestSecret } from '../../manifest/object/manifest-secret.ts';
import { printable, withoutCommands } from '../../report/printable.ts';
import { type ClusterOptions, namesCluster } from '../cli/cluster-options.ts';
import type { Shell } from '../cli/shell.ts';
import type { PolicyEngine } from './policy-engine.ts';

/** A key whose stored value an apply of the manifest would change. Never a value. */
export interface ClusterChange {
  readonly key: string;
  /** The answer of its policy, as a predicate. */
  readonly effect: string;
}

/**
 * Prints the keys that an apply of the manifests would change in the cluster, and what their policies would do. Without
 * the right to read a Secret, it prints that, and ends.
 */
export async function printClusterChanges(
  manifests: readonly ManifestSecret[],
  engine: PolicyEngine,
  options: ClusterOptions,
  { stderr, env }: Pick<Shell, 'stderr' | 'env'>,
): Promise<void> {
  if (!namesCluster(options) || manifests.length === 0) return;
  const [{ connect }, { readSecret }] = await Promise.all([
    import('../../kube/client/connect.ts'),
    import('../../kube/secrets/stored-secrets.ts'),
  ]);
  const cluster = connect({ ...options, env });
  const print = (line: string): void => void stderr.write(withoutCommands(`lockstep: ${line}\n`));
  for (const manifest of manifests) {
    const { secret, skipped, ref } = manifest;
    if (skipped !== undefined || secret.name === '') continue;
    const stored = await readOrExplain(secret, (one) => readSecret(cluster, one), print);
    if (stored === 'unreadable') return;
    if (stored === undefined) continue;
    for (const { key, effect } of clusterChanges(secret, stored, engine))
      print(
        `data[${printable(key)}] of Secret ${printable(ref)} differs from the cluster: ${printable(effect)}`,
      );
  }
}

async function readOrExplain(
  ref: SecretRef,
  read: (ref: SecretRef) => Promise<{ readonly secret: Secret } | undefined>,
  print: (line: string) => void,
): Promise<Secret | undefined | 'unreadable'> {
  try {
    return (await read({ namespace: ref.namespace, name: ref.name }))?.secret;
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    print(`the manifests are not compared with the Secrets of the cluster: ${printable(error.message)}`);
    return 'unreadable';
  }
}

/**
 * `apply` leaves the keys alone that the manifest does not have.
 *
 * @internal Exported for tests.
 */
export function clusterChanges(
  manifest: Secret,
  stored: Secret,
  { policies, context, labelsOf }: Pick<PolicyEngine, 'policies' | 'context' | 'labelsOf'>,
): readonly ClusterChange[] {
  const given = [...manifest.data].filter(([key]) => manifest.undecoded?.has(key) !== true);
  const request: Request = {
    operation: 'UPDATE',
    secret: {
      ...stored,
      labels: new Map([...stored.labels, ...manifest.labels]),
      annotations: new Map([...stored.annotations, ...manifest.annotations]),
      data: new Map([...stored.data, ...given]),
    },
    old: stored,
    username: undefined,
    namespaceLabels: labelsOf?.(stored.namespace),
  };
  const { changes, findings } = decide(request, policies, context);
  const effectOf = (key: string): string => {
    const finding = findings.find((one) => one.rule === 'changed' && one.key === key);
    if (finding?.action === 'Enforce') return 'it is refused [lockstep/changed]';
    const change = changes.find((one) => one.key === key);
    if (change !== undefined) return change.effect;
    return finding === undefined
      ? 'the new value is stored'
      : 'the new value is stored, and recorded [lockstep/changed]';
  };
  const changed = given.filter(([key, value]) => !value.equals(stored.data.get(key))).map(([key]) => key);
  const written = changes
    .filter(({ key, value }) => !value.equals(stored.data.get(key)))
    .map(({ key }) => key);
  return [...new Set([...changed, ...written])].map((key) => ({ key, effect: effectOf(key) }));
}
