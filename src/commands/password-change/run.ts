import type { ReconcilerDeps } from '../../controllers/reconciler-deps.ts';
import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import type { CredentialReport } from '../../engine/credential/status/status.ts';
import type { EngineContext } from '../../engine/evaluation/decision.ts';
import { withLoginPermissions } from '../../engine/permissions/permissions.ts';
import { LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { SecretRef } from '../../kube/secrets/stored-secrets.ts';
import type { CredentialLookup } from '../adapters/credentials.ts';
import type { Shell } from '../cli/shell.ts';
import { type LoadedSecret, loadSecret } from '../secret-session/load-secret.ts';
import type { PasswordChangeOptions } from '../secret-session/options.ts';
import type { PolicySnapshot } from '../secret-session/policy-snapshot.ts';
import { standaloneReconciler } from '../secret-session/standalone-reconciler.ts';

/** The run of a command that changes the password of a login. */
export interface PasswordChangeRun {
  readonly ref: SecretRef;
  readonly cluster: Cluster;
  readonly policySnapshot: PolicySnapshot;
  readonly credentials: CredentialLookup;
  readonly credential: PostgresCredential;
  readonly context: EngineContext;
  readonly options: PasswordChangeOptions;
  readonly shell: Shell;
  readonly print: (line: string) => void;
}

/** The Secret, its record and the permissions of its login. Nothing is written. Throws LockstepError. */
export async function loadPasswordChange(run: PasswordChangeRun): Promise<LoadedSecret> {
  const { ref, cluster, policySnapshot, context, credential } = run;
  const loaded = await loadSecret(ref, cluster, policySnapshot, context);
  return { ...loaded, permissions: withLoginPermissions(loaded.permissions, credential.spec.consumers) };
}

/** `report` receives the status that a controller would write into the PostgresCredential. */
export function reconcilerDeps(
  { cluster, policySnapshot, credentials, context, options, print }: PasswordChangeRun,
  warn: (note: string) => void = print,
  reportStatus: (credentialReport: CredentialReport) => void = () => {},
): ReconcilerDeps {
  const { timeout, propagation } = options;
  const parts = { cluster, policySnapshot, credentials, context, timeout, propagation, warn };
  const deps = standaloneReconciler(parts);
  return {
    ...deps,
    reports: { ...deps.reports, reportStatus: (_, credentialReport) => reportStatus(credentialReport) },
  };
}

/** Throws LOGIN_REFUSED. `reason` is a sentence. */
export function refuseLogin({ ref }: Pick<PasswordChangeRun, 'ref'>, reason: string): never {
  throw new LockstepError('LOGIN_REFUSED', [`${ref.namespace}/${ref.name}`, reason]);
}
