import { type Diagnosis, fault, ok, warning } from '../../doctor/check-result.ts';
import type { Place } from './commands.ts';

/** Who keeps the Secret and a server in step. */
export interface KeepingFacts {
  /** The PostgresCredentials that name the Secret. */
  readonly credentials: readonly KeptBy[];
}

export interface KeptBy {
  readonly name: string;
  /** What is wrong with it as it is written; none of it is worked by then. */
  readonly problems: readonly string[];
  /** Why it is not worked by, as the controller says in the condition Ready. */
  readonly unready: string | undefined;
  /** The condition Synced, as the controller has left it. */
  readonly inStep: { readonly status: string; readonly message: string } | undefined;
}

/** `told`: a reason why the two are not in step that another check gives. */
export function notKept({ credentials }: KeepingFacts, { namespace }: Place, told?: string): Diagnosis {
  const [one, ...others] = credentials;
  if (one === undefined)
    return ok('no PostgresCredential names it: nobody but people keeps it in step with a server');
  if (others.length > 0)
    return fault(
      `${credentials.length} PostgresCredentials name it, and none of them is worked by`,
      `kubectl -n ${namespace} delete postgrescredential ${others[0]?.name}`,
      credentials.map(({ name }) => name),
    );
  const named = `PostgresCredential ${one.name}`;
  if (one.problems.length > 0)
    return fault(
      `${named} can not be used as it is written`,
      `kubectl -n ${namespace} edit postgrescredential ${one.name}`,
      one.problems,
    );
  if (one.unready !== undefined) return fault(`${named} is not worked by: ${one.unready}`, '');
  if (one.inStep === undefined)
    return warning(
      `${named} has not been looked at by a controller yet`,
      'find out whether one runs: lockstep doctor --cluster',
    );
  return one.inStep.status === 'True'
    ? ok(`${named} keeps it in step with the server`)
    : warning(
        `${named} says that Secret and server are not in step${one.inStep.message === told ? '' : `: ${one.inStep.message}`}`,
        '',
      );
}
