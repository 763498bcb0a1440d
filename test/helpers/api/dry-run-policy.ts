import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { aSecretPolicy } from '../policy/secret-policy.ts';

/** The answer of the API server to one write. */
export interface WriteResponse {
  readonly status: number;
  /** Empty where it was let in. */
  readonly message: string;
  /** The places of the faults, as `spec.keys.K.minLength`. */
  readonly places: readonly string[];
  /** True where lockstep refused it; false where the API server did so itself, before it asked. */
  readonly isLockstep: boolean;
}

/** Creates a policy as a dry run, as strict as kubectl is about unknown fields. */
export const dryRunPolicy = (cluster: Cluster, spec: unknown): Promise<WriteResponse> =>
  dryRunAt(cluster, 'secretpolicies', aSecretPolicy('tried', spec));

/** The same for another kind of lockstep. `resource` is its plural, after its namespace if it has one. */
export async function dryRunAt(cluster: Cluster, resource: string, body: object): Promise<WriteResponse> {
  const path = `/apis/lockstep.dev/v1alpha1/${resource}?dryRun=All&fieldValidation=Strict`;
  const response = await cluster.request(path, { method: 'POST', body });
  const { message = '', details = {} } = response.status < 300 ? {} : response.json();
  const causes: readonly { readonly field?: string }[] = details.causes ?? [];
  return {
    status: response.status,
    message,
    places: [...causes.map(({ field = '' }) => field), ...unknownFields(message)].map(dotted),
    isLockstep: message.includes('[lockstep]'),
  };
}

/** Those it tells in a sentence only. */
const unknownFields = (message: string): readonly string[] =>
  [...message.matchAll(/unknown field "([^"]*)"/g)].map(([, field = '']) => field);

/** The API server writes `keys[K].aliases[0]` and `keys.K.aliases[0]`. */
const dotted = (field: string): string => field.replaceAll(/\[([^\]]*)\]/g, '.$1');
