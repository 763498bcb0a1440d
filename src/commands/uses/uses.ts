import { ReadKeys, type UnusedKeys } from '../../engine/diagnosis/uses/unused.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors/errors.ts';
import { type Cluster, connect } from '../../kube/client/connect.ts';
import { readCurrentNamespace } from '../../kube/client/kubeconfig.ts';
import { TOO_MANY, visitUses } from '../../kube/references/uses.ts';
import { listSecrets } from '../../kube/secrets/list-secrets.ts';
import { type UnusedReport, unusedJson, unusedText } from '../../report/uses/unused-report.ts';
import { usesJson, usesText } from '../../report/uses/uses-report.ts';
import type { SecretOptions } from '../cli/cluster-options.ts';
import type { Shell } from '../cli/shell.ts';
import { keepHeapSmall } from '../cli/small-heap.ts';
import { type SecretArgument, secretRefOf } from '../secret-argument/secret-argument.ts';
import { gatherUses } from './gather-uses.ts';

export interface UsesOptions extends SecretOptions {
  readonly unused?: boolean;
  readonly allNamespaces?: boolean;
  readonly lockstepNamespace: string;
  readonly output?: 'text' | 'wide' | 'json';
}

/**
 * Prints the readers of a Secret, or the Secrets without one. Resolves with the exit code: 0, or 2 if some objects
 * could not be read. Throws LockstepError.
 */
export async function uses(
  secret: SecretArgument | undefined,
  options: UsesOptions,
  shell: Pick<Shell, 'stdout' | 'stderr' | 'env' | 'root' | 'cpu'>,
): Promise<number> {
  const { unused = false, allNamespaces = false } = options;
  if (unused === (secret !== undefined)) throw new LockstepError('BAD_OPTION', ['uses', USAGE]);
  keepHeapSmall();
  return secret === undefined
    ? await printUnused(allNamespaces ? undefined : namespaceOf(options, shell), options, shell)
    : await printUses(await secretRefOf(secret, options, shell), options, shell);
}

const USAGE = 'give the name of a Secret or --unused, and not both';

const namespaceOf = (options: UsesOptions, { env }: Pick<Shell, 'env'>): string =>
  options.namespace ?? readCurrentNamespace({ ...options, env });

async function printUses(
  ref: SecretRef,
  options: UsesOptions,
  shell: Pick<Shell, 'stdout' | 'stderr' | 'env' | 'root' | 'cpu'>,
): Promise<number> {
  const cluster = connect({ ...options, env: shell.env });
  const found = await gatherUses(cluster, ref, options.lockstepNamespace, shell);
  shell.stdout.write(
    options.output === 'json' ? usesJson(found) : usesText(found, options.output === 'wide'),
  );
  return found.unread.length === 0 && found.secret.kind !== 'unread' ? 0 : 2;
}

async function printUnused(
  namespace: string | undefined,
  options: UsesOptions,
  shell: Pick<Shell, 'stdout' | 'env'>,
): Promise<number> {
  const found = await findUnused(connect({ ...options, env: shell.env }), namespace);
  shell.stdout.write(
    options.output === 'json' ? unusedJson(found) : unusedText(found, options.output === 'wide'),
  );
  return found.unread.length === 0 ? 0 : 2;
}

/** Reads the objects, and then the names and keys of the Secrets. Throws LockstepError. */
async function findUnused(cluster: Cluster, namespace: string | undefined): Promise<UnusedReport> {
  // Without a right or an answer, the command ends at once.
  for await (const _ of listSecrets(cluster, { namespace })) break;
  const read = new ReadKeys();
  const scope = { namespace, excludedNamespaces: [] };
  const unread = [...(await visitUses(cluster, scope, (object) => read.add(object)))];
  if (read.isFull) unread.push(TOO_MANY);
  const unused: UnusedKeys[] = [];
  let secrets = 0;
  for await (const secret of listSecrets(cluster, { namespace })) {
    secrets += 1;
    const { place, keys } =
      'unread' in secret
        ? { place: secret.unread, keys: [] }
        : { place: secret, keys: [...secret.data.keys()] };
    const found = read.unusedOf(place.namespace, place.name, keys);
    if (found !== undefined) unused.push(found);
  }
  return { namespace, secrets, unused, unread };
}
