import { type CheckResult, fault, ok, warning } from '../../doctor/check-result.ts';
import type { SecretRef } from './commands.ts';

/** Who keeps the Secret and a server in step. */
export interface CredentialFacts {
  /** The PostgresCredentials that name the Secret. */
  readonly credentials: readonly ManagingCredential[];
}

export interface ManagingCredential {
  readonly name: string;
  /** What is wrong with it as it is written; none of it is worked by then. */
  readonly problems: readonly string[];
  /** Why it is not worked by, as the controller says in the condition Ready. */
  readonly notReadyReason: string | undefined;
  /** The condition Synced, as the controller has left it. */
  readonly synced: { readonly status: string; readonly message: string } | undefined;
}

/** `told`: a reason why the two are not in step that another check gives. */
export function credentialCheck(
  { credentials }: CredentialFacts,
  { namespace }: SecretRef,
  reportedReason?: string,
): CheckResult {
  const [one, ...others] = credentials;
  if (one === undefined)
    return ok('no PostgresCredential names it: nobody but people keeps it in step with a server');
  if (others.length > 0)
    return fault(
      `${credentials.length} PostgresCredentials name it, and none of them is worked by`,
      `kubectl -n ${namespace} delete postgrescredential ${others[0]?.name}`,
      credentials.map(({ name }) => name),
    );
  const label = `PostgresCredential ${one.name}`;
  if (one.problems.length > 0)
    return fault(
      `${label} can not be used as it is written`,
      `kubectl -n ${namespace} edit postgrescredential ${one.name}`,
      one.problems,
    );
  if (one.notReadyReason !== undefined) return fault(`${label} is not worked by: ${one.notReadyReason}`, '');
  if (one.synced === undefined)
    return warning(
      `${label} has not been looked at by a controller yet`,
      'find out whether one runs: lockstep doctor --cluster',
    );
  return one.synced.status === 'True'
    ? ok(`${label} keeps it in step with the server`)
    : warning(
        `${label} says that Secret and server are not in step${one.synced.message === reportedReason ? '' : `: ${one.synced.message}`}`,
        '',
      );
}
