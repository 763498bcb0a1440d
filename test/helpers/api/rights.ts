import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { kustomize, type Loose, pick } from '../cluster/kustomize.ts';

/**
 * `patch secrets lockstep-webhook-ca`: each right in the roles of that name, with the name of an object only where it
 * is bound to one.
 */
export async function grantedRights(overlay: string, role: string): Promise<string[]> {
  const objects = await kustomize(overlay);
  const rules = ['ClusterRole', 'Role'].flatMap((kind) => pick(objects, kind, role).rules);
  return rules.flatMap(({ apiGroups, resources, resourceNames = [''], verbs }: Loose) =>
    resources.flatMap((resource: string) =>
      verbs.flatMap((verb: string) =>
        resourceNames.map((name: string) => rightOf(verb, apiGroups[0], resource, name)),
      ),
    ),
  );
}

export interface Call {
  /** With the name of the object, where there is one. */
  readonly right: string;
  readonly code: number;
  /** Empty where it is in none, or in all. */
  readonly namespace: string;
}

/** Requests of an account to the API server, from its audit log. */
export async function callsOf(cluster: Cluster, account: string): Promise<Call[]> {
  // The last one may be half written.
  const lines = (await cluster.auditLog()).split('\n').slice(0, -1);
  return lines.flatMap((line) => {
    if (!line.includes(`"username":"${account}"`)) return [];
    const { verb, user, objectRef, responseStatus } = JSON.parse(line);
    if (user.username !== account || objectRef === undefined) return [];
    const { apiGroup = '', resource, subresource, name = '', namespace = '' } = objectRef;
    const what = subresource === undefined ? resource : `${resource}/${subresource}`;
    return [{ right: rightOf(verb, apiGroup, what, name), code: responseStatus?.code, namespace }];
  });
}

/** Calls that no right in `granted` is for. */
export const callsWithoutRight = (calls: readonly Call[], granted: readonly string[]): ReadonlySet<string> =>
  new Set(
    calls
      .map(({ right }) => right)
      .filter((right) => !granted.includes(right) && !granted.includes(withoutName(right))),
  );

/** Rights that no call made use of. */
export function unusedRights(calls: readonly Call[], granted: readonly string[]): string[] {
  const used = new Set(calls.flatMap(({ right }) => [right, withoutName(right)]));
  return granted.filter((right) => !used.has(right));
}

function rightOf(verb: string, group: string, resource: string, name: string): string {
  return [verb, group === '' ? resource : `${resource}.${group}`, name].join(' ').trim();
}

const withoutName = (right: string): string => right.split(' ', 2).join(' ');

/** Rights that `kubectl auth can-i --list` prints for an account of lockstep, and not for any other account. */
export async function listedRights(cluster: Cluster, account: string, namespace: string): Promise<string[]> {
  const list = async (user: string) => {
    const args = ['auth', 'can-i', '--list', '-n', namespace, `--as=${user}`];
    const { stdout } = await cluster.mustRun(args);
    const rows = [...stdout.matchAll(/^(\S+) +\[\] +\[(.*?)\] +\[(.*?)\]$/gm)];
    return rows.map(([, resource, names, verbs]) => `${`${resource} ${names}`.trim()}: ${verbs}`);
  };
  const anyone = new Set(await list('system:serviceaccount:lockstep-system:default'));
  return (await list(account)).filter((right) => !anyone.has(right)).sort();
}
