import type { Ports } from '../../controllers/ports.ts';
import { openSecretSession, type SecretSession } from '../../controllers/secret-session/open.ts';
import type { ServerCredential } from '../../engine/login/credential-schema/compile.ts';
import type { EngineContext } from '../../engine/review/evaluation/decision.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { type Cluster, connect } from '../../kube/client/connect.ts';
import { printable } from '../../report/printable.ts';
import { clusterAdapter } from '../adapters/cluster-adapter.ts';
import type { Shell } from '../cli/shell.ts';
import type { SecretChangeOptions } from './options.ts';
import { type PolicySnapshot, readPolicySnapshot } from './policy-snapshot.ts';

export interface SecretRun<Options extends SecretChangeOptions = SecretChangeOptions> {
  readonly ref: SecretRef;
  readonly cluster: Cluster;
  readonly ports: Omit<Ports, 'databases' | 'redis'>;
  readonly policySnapshot: PolicySnapshot;
  readonly context: EngineContext;
  readonly options: Options;
  readonly shell: Shell;
  readonly print: (line: string) => void;
}

/** Connects to the cluster, and reads the policies and the settings of the installation. Throws LockstepError. */
export async function openRun<Options extends SecretChangeOptions>(
  ref: SecretRef,
  options: Options,
  shell: Shell,
): Promise<SecretRun<Options>> {
  const cluster = connect({ ...options, env: shell.env });
  const { lockstepNamespace } = options;
  const policySnapshot = await readPolicySnapshot(
    cluster,
    { namespace: ref.namespace, lockstepNamespace },
    shell,
  );
  return {
    ref,
    cluster,
    ports: clusterAdapter({
      cluster,
      writer: 'lockstep',
      rolloutTimeout: options.timeout,
    }),
    policySnapshot,
    context: policySnapshot.context,
    options,
    shell,
    print: (line) => void shell.stdout.write(`${printable(line)}\n`),
  };
}

/**
 * Opens the Secret for a change: see `openSecretSession`. With credentials, the permissions are those of a login.
 */
export const openSession = (
  { ref, ports, policySnapshot: { policies, labelsOf }, context }: Omit<SecretRun, 'options'>,
  {
    credentials = [],
    needsRecord = false,
  }: { readonly credentials?: readonly ServerCredential[]; readonly needsRecord?: boolean } = {},
): Promise<SecretSession> =>
  openSecretSession(
    ref,
    { credentials, needsRecord },
    { ...ports, policies: { current: () => policies, labelsOf }, context, emit: () => {} },
  );
