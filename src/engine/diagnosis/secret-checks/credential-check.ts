import type { CredentialKind } from '../../login/credential-schema/compile.ts';
import { FOLLOW_HASH } from '../../secret/kubernetes/generated-name.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import { type CheckResult, checkObservation, fault, type Observation, ok, warning } from '../check-result.ts';
import { type SourceFacts, sourceCheck } from './copies-check.ts';

/** The credentials that keep the Secret and its servers in sync. */
export interface CredentialFacts {
  /** All that name the Secret. */
  readonly credentials: readonly ManagingCredential[];
  /** One that names the Secret without the hash of kustomize. */
  readonly ofGenerator?:
    | (Pick<ManagingCredential, 'kind' | 'name'> & { readonly secretName: string })
    | undefined;
  /** The Secret whose login it follows as a copy. */
  readonly source?: SourceFacts | undefined;
}

export interface ManagingCredential {
  readonly kind: CredentialKind;
  readonly name: string;
  /** The problems of its spec. With any problem, the controller ignores all of it. */
  readonly problems: readonly string[];
  /** The message of the condition Ready, if the controller does not work on it. */
  readonly notReadyReason: string | undefined;
  /** The condition Synced, as the controller has written it. */
  readonly synced: { readonly status: string; readonly message: string } | undefined;
}

/**
 * One result for each kind of credential that names the Secret. `reported` are the reasons from other checks why Secret
 * and server are not in sync.
 */
export function credentialChecks(
  observation: Observation<CredentialFacts>,
  place: SecretRef,
  reported: readonly string[],
): readonly CheckResult[] {
  const all = observation.kind === 'found' ? observation.fact.credentials : [];
  const kinds = [...Map.groupBy(all, ({ kind }) => kind).values()];
  return (kinds.length > 0 ? kinds : [all]).map((credentials) =>
    checkObservation(observation, (facts) => credentialCheck({ ...facts, credentials }, place, reported)),
  );
}

function credentialCheck(
  { credentials, ofGenerator, source }: CredentialFacts,
  { namespace }: SecretRef,
  reported: readonly string[],
): CheckResult {
  const [credential, ...others] = credentials;
  if (credential === undefined && ofGenerator !== undefined)
    return fault(
      `${ofGenerator.kind} ${ofGenerator.name} names ${ofGenerator.secretName}, and kustomize added a hash to the name of this Secret`,
      FOLLOW_HASH,
    );
  if (credential === undefined && source !== undefined) return sourceCheck(source);
  if (credential === undefined)
    return ok(
      'no PostgresCredential or RedisCredential names it, so only people keep it in sync with a server',
    );
  const { kind } = credential;
  if (others.length > 0)
    return fault(
      `${credentials.length} ${kind}s name it, so the controller ignores all of them`,
      `keep one, and delete the others: kubectl -n ${namespace} delete ${kind.toLowerCase()} NAME`,
      credentials.map(({ name }) => name),
    );
  const label = `${kind} ${credential.name}`;
  if (credential.problems.length > 0)
    return fault(
      `${label} can not be used as it is written`,
      `kubectl -n ${namespace} edit ${kind.toLowerCase()} ${credential.name}`,
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
        `${label} says that Secret and server are not in sync${reported.includes(credential.synced.message) ? '' : `: ${credential.synced.message}`}`,
        '',
      );
}
