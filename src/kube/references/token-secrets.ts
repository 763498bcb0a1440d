import { apiPath } from '../client/call.ts';
import { type Cluster, METADATA_LIST } from '../client/connect.ts';
import { type ListOptions, list } from '../client/list.ts';

/** The keys of each token of a ServiceAccount. */
export const TOKEN_KEYS: ReadonlySet<string> = new Set(['token', 'ca.crt', 'namespace']);

interface NamedObject {
  readonly metadata?: { readonly namespace?: string; readonly name?: string };
}

/** Visits each Secret with the token of a ServiceAccount. Only metadata is read. Throws LockstepError. */
export async function visitTokenSecrets(
  cluster: Cluster,
  namespace: string | undefined,
  visit: (namespace: string, name: string) => void,
  options: ListOptions = {},
): Promise<void> {
  const target = {
    path: apiPath('v1', 'secrets', { namespace }),
    what: 'secrets with tokens of ServiceAccounts',
    accept: METADATA_LIST,
    fieldSelector: 'type=kubernetes.io/service-account-token',
  };
  for await (const item of list(cluster, target, options)) {
    const { namespace: own = '', name = '' } = (item as NamedObject).metadata ?? {};
    visit(own, name);
  }
}
