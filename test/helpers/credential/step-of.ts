import type { SeenCall } from '../api/api-proxy.ts';

export interface TeamStep {
  readonly namespace: string;
  /** `record: apply`, `PATCH secrets/app`, `release secrets/app`, which gives its fields back to their owners */
  readonly name: string;
}

/** The change that a call makes to a team's objects. Undefined if it changes none, or only reports. */
export function stepOf({ method, path, query, body }: SeenCall): TeamStep | undefined {
  const [, namespace, resource, object = '', sub] =
    /\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?(?:\/(.+))?$/.exec(path) ?? [];
  if (method === 'GET' || namespace === undefined || query.has('dryRun')) return undefined;
  if (resource === 'events' || resource === 'leases' || sub === 'status') return undefined;
  const isRecord = resource === 'secrets' && body.includes('"lockstep.dev/record');
  if (isRecord) return { namespace, name: `record: ${phaseIn(body)}` };
  const verb = body.includes('"managedFields"') ? 'release' : method;
  return { namespace, name: `${verb} ${resource}/${object}` };
}

function phaseIn(body: string): string {
  const index = JSON.parse(Buffer.from(JSON.parse(body).data?.index ?? '', 'base64').toString() || '{}');
  const { login, pending, rollout } = index;
  const phase = login?.change?.phase ?? (login?.changeRequest === undefined ? 'at rest' : 'wish');
  return `${phase}${pending === undefined ? '' : ', pending'}${rollout === undefined ? '' : ', rollout'}`;
}
