import type { SecretReconcilerNeeds } from '../../controllers/secret/reconciler.ts';
import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import type { CredentialNews } from '../../engine/credential/status/status.ts';
import type { Surroundings } from '../../engine/evaluation/decision.ts';
import { asLogin } from '../../engine/permissions/permissions.ts';
import { LockstepError } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { SecretPlace } from '../../kube/secrets/stored-secrets.ts';
import type { WorkedCredentials } from '../adapters/credentials.ts';
import type { Shell } from '../cli/shell.ts';
import { type BegunRotation, beginRotation } from '../secret-session/load-secret.ts';
import type { ClusterEngine } from '../secret-session/policy-snapshot.ts';
import { aloneIn } from '../secret-session/standalone-reconciler.ts';

/** Somebody changes the password of a login, by a command. */
export interface LoginRun {
  readonly place: SecretPlace;
  readonly cluster: Cluster;
  readonly engine: ClusterEngine;
  readonly credentials: WorkedCredentials;
  readonly credential: PostgresCredential;
  readonly around: Surroundings;
  readonly options: LoginRunOptions;
  readonly shell: Shell;
  readonly say: (line: string) => void;
}

export interface LoginRunOptions {
  /** How long one workload may take to become healthy. Milliseconds. */
  readonly timeout: number;
  /** What a changed Secret may take to reach volumes, where no controller leads. Milliseconds. */
  readonly propagation: number;
  readonly lockstepNamespace: string;
}

/** The Secret, its record, and what may be done with it as a login. Nothing is written. Throws LockstepError. */
export async function beginLoginRun(run: LoginRun): Promise<BegunRotation> {
  const { place, cluster, engine, around, credential } = run;
  const begun = await beginRotation(place, cluster, engine, around);
  return { ...begun, mandate: asLogin(begun.mandate, credential.spec.consumers) };
}

/** `report` is told what a controller would write into the status of the PostgresCredential. */
export function needsOf(
  { cluster, engine, credentials, around, options, say }: LoginRun,
  warn: (note: string) => void = say,
  report: (news: CredentialNews) => void = () => {},
): SecretReconcilerNeeds {
  const { timeout, propagation } = options;
  return {
    ...aloneIn({ cluster, engine, credentials, around, timeout, propagation, warn }),
    report: (_, news) => report(news),
  };
}

/** Throws LOGIN_REFUSED. `reason` is a sentence. */
export function refuse({ place }: Pick<LoginRun, 'place'>, reason: string): never {
  throw new LockstepError('LOGIN_REFUSED', [`${place.namespace}/${place.name}`, reason]);
}
