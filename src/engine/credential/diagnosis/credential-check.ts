import { type CheckResult, fault, ok, warning } from '../../doctor/check-result.ts';
import { FOLLOW_HASH } from '../../secret/generated-name.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import { type SourceFacts, sourceCheck } from './copies-check.ts';

/** The PostgresCredentials that keep the Secret and a server in sync. */
export interface CredentialFacts {
  /** All that name the Secret. */
  readonly credentials: readonly ManagingCredential[];
  /** One that names the Secret without the hash of kustomize. */
  readonly ofGenerator?: { readonly name: string; readonly secretName: string } | undefined;
  /** The Secret whose login it follows as a copy. */
  readonly source?: SourceFacts | undefined;
}

export interface ManagingCredential {
  readonly name: string;
  /** The problems of its spec. With any problem, the controller ignores all of it. */
  readonly problems: readonly string[];
  /** The message of the condition Ready, if the controller does not work on it. */
  readonly notReadyReason: string | undefined;
  /** The condition Synced, as the controller has written it. */
  readonly synced: { readonly status: string; readonly message: string } | undefined;
}

/** `reportedReason` is the reason from another check why the two are not in sync. */
export function credentialCheck(
  { credentials, ofGenerator, source }: CredentialFacts,
  { namespace }: SecretRef,
  reportedReason?: string,
): CheckResult {
  const [credential, ...others] = credentials;
  if (credential === undefined && ofGenerator !== undefined)
    return fault(
      `PostgresCredential ${ofGenerator.name} names ${ofGenerator.secretName}, and kustomize added a hash to the name of this Secret`,
      FOLLOW_HASH,
    );
  if (credential === undefined && source !== undefined) return sourceCheck(source);
  if (credential === undefined)
    return ok('no PostgresCredential names it, so only people keep it in sync with a server');
  if (others.length > 0)
    return fault(
      `${credentials.length} PostgresCredentials name it, so the controller ignores all of them`,
      `keep one, and delete the others: kubectl -n ${namespace} delete postgrescredential NAME`,
      credentials.map(({ name }) => name),
    );
  const label = `PostgresCredential ${credential.name}`;
  if (credential.problems.length > 0)
    return fault(
      `${label} can not be used as it is written`,
      `kubectl -n ${namespace} edit postgrescredential ${credential.name}`,
      credential.problems,
    );
  if (credential.notReadyReason !== undefined)
    return fault(`${label} is ignored by the controller: ${credential.notReadyReason}`, '');
  if (credential.synced === undefined)
    return warning(
      `${label} has not been looked at by a controller yet`,
      'find out whether one runs: lockstep doctor --cluster',
    );
  return credential.synced.status === 'True'
    ? ok(`${label} keeps it in sync with the server`)
    : warning(
        `${label} says that Secret and server are not in sync${credential.synced.message === reportedReason ? '' : `: ${credential.synced.message}`}`,
        '',
      );
}
