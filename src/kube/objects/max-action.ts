import type { Action } from '../../engine/finding/finding.ts';
import { callApiIfFound } from '../client/api-error.ts';
import type { Cluster } from '../client/connect.ts';

const OPTION = '--max-action';
const VARIABLE = 'LOCKSTEP_MAX_ACTION';

interface Container {
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

/**
 * The strongest action of the installed webhook: its `--max-action`, or the variable. Undefined if no webhook is
 * installed in this namespace. Throws LockstepError.
 */
export async function readMaxAction(
  { server, call }: Cluster,
  namespace: string,
): Promise<Action | undefined> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/lockstep-webhook`;
  const answer = await callApiIfFound(server, `reading Deployment ${namespace}/lockstep-webhook`, () =>
    call({ path }),
  );
  if (answer === undefined) return undefined;
  const { spec } = answer.object as {
    readonly spec?: {
      readonly template?: { readonly spec?: { readonly containers?: readonly Container[] } };
    };
  };
  const actions = (spec?.template?.spec?.containers ?? []).flatMap(({ args = [], env = [] }) => [
    ...args.flatMap((one, at) =>
      one === OPTION
        ? (args[at + 1] ?? [])
        : one.startsWith(`${OPTION}=`)
          ? one.slice(OPTION.length + 1)
          : [],
    ),
    ...env.flatMap(({ name, value }) => (name === VARIABLE && value !== undefined ? value : [])),
  ]);
  const [action = 'Enforce'] = actions;
  return isAction(action) ? action : 'Enforce';
}

const isAction = (text: string): text is Action => ['Enforce', 'Warn', 'Audit'].includes(text);
