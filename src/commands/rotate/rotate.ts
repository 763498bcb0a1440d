import type { CredentialStore } from '../../controllers/credential/store.ts';
import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import { LockstepError } from '../../errors.ts';
import { connect } from '../../kube/client/connect.ts';
import type { CredentialResource } from '../../kube/objects/postgres-credentials.ts';
import type { SecretRef } from '../../kube/secrets/stored-secrets.ts';
import { printable } from '../../report/printable.ts';
import { credentialOfSecret } from '../adapters/credential-of-secret.ts';
import { readCredentialStore } from '../adapters/credentials.ts';
import { cliContext } from '../cli/cli-context.ts';
import type { Shell } from '../cli/shell.ts';
import { readPolicySnapshot } from '../secret-session/policy-snapshot.ts';
import { cancelRotation } from './cancel.ts';
import { rotateKeys } from './keys.ts';
import { rotatePassword } from './password.ts';

export interface RotateOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** None: the password of a login, or every key that a policy rotates. */
  readonly key?: readonly string[];
  readonly dryRun?: boolean;
  /** Of a login: the server is to follow what the Secret says. */
  readonly fromSecret?: boolean;
  /** Withdraws what was asked for and has not begun. */
  readonly cancel?: boolean;
  /** The longest time between two steps, and for one workload to become healthy. Milliseconds. */
  readonly timeout: number;
  /** What a changed Secret may take to reach volumes; the controller has a figure of its own. Milliseconds. */
  readonly propagation: number;
  readonly lockstepNamespace: string;
}

/**
 * Rotates what a Secret holds now: the password of a login together with its server, or keys that are generated. Resolves with the exit code: 0 done, 1 stopped in
 * the middle. Throws LockstepError where it could not begin; then nothing was changed.
 */
export async function rotate(ref: SecretRef, options: RotateOptions, shell: Shell): Promise<number> {
  const cluster = connect(options);
  const context = { ...cliContext(shell), ownNamespace: options.lockstepNamespace };
  const policySnapshot = await readPolicySnapshot(cluster, ref.namespace, shell);
  const credentials = await readCredentialStore(cluster, ref.namespace);
  const print = (line: string): void => void shell.stdout.write(`${printable(line)}\n`);
  const run = { ref, cluster, policySnapshot, credentials, context, options, print };
  const { fromSecret = false, dryRun = false } = options;
  const credential = credentialToRotate(ref, credentials, options);
  if (options.cancel === true) {
    const { key: keys = [] } = options;
    return cancelRotation({ ref, cluster, print, isLogin: credential !== undefined, keys });
  }
  if (credential !== undefined) return rotatePassword({ ...run, shell, credential }, { fromSecret, dryRun });
  if (fromSecret) throw refusal(ref, 'no PostgresCredential names it, so no server could follow it');
  return rotateKeys(run, dryRun);
}

/** Undefined where keys are meant that are no login. Throws LockstepError. */
function credentialToRotate(
  ref: SecretRef,
  credentials: CredentialStore<CredentialResource>,
  { key: keys = [] }: RotateOptions,
): PostgresCredential | undefined {
  if (keys.length === 0) return credentialOfSecret(credentials, ref);
  const password = credentials.forSecret(ref)?.spec.keys.password;
  if (password === undefined || !keys.includes(password)) return undefined;
  const reason = `${password} is the password of a login: leave --key out, and it is rotated together with its server`;
  throw refusal(ref, reason);
}

const refusal = ({ namespace, name }: SecretRef, reason: string): LockstepError =>
  new LockstepError('ROTATION_REFUSED', [`${namespace}/${name}`, reason]);
