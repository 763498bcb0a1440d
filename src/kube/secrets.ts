import type { Secret } from '../engine/secret.ts';
import { Sensitive } from '../engine/sensitive.ts';
import type { Cluster } from './connect.ts';
import { type ListOptions, list } from './list.ts';

/** What nobody judges and there is most of: a release of Helm is up to 1 MB, and it keeps ten of each. */
const UNREAD = 'type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token';

/** The Secrets of a namespace, or of the cluster, one after the other, namespace by namespace. Throws LockstepError. */
export async function* readSecrets(
  cluster: Cluster,
  namespace: string | undefined,
  options: ListOptions = {},
): AsyncGenerator<Secret> {
  const listed =
    namespace === undefined
      ? { path: '/api/v1/secrets', what: 'secrets in all namespaces' }
      : {
          path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`,
          what: `secrets in namespace ${namespace}`,
        };
  for await (const item of list(cluster, { ...listed, fieldSelector: UNREAD }, options)) {
    yield secretOf(item as StoredSecret);
  }
}

/** What is read of it: nothing of managedFields, for one. */
interface StoredSecret {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Texts;
    readonly annotations?: Texts;
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
    }[];
    readonly deletionTimestamp?: string;
  };
  readonly type?: string;
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string | null>> | null;
}

type Texts = Readonly<Record<string, string>>;

function secretOf({ metadata, type, immutable, data }: StoredSecret): Secret {
  const controller = metadata.ownerReferences?.find((owner) => owner.controller === true);
  return {
    name: metadata.name,
    generateName: '',
    namespace: metadata.namespace,
    type: type ?? 'Opaque',
    labels: new Map(Object.entries(metadata.labels ?? {})),
    annotations: new Map(Object.entries(metadata.annotations ?? {})),
    controller: controller && `${controller.kind}/${controller.name}`,
    immutable: immutable === true,
    deleting: metadata.deletionTimestamp !== undefined,
    data: new Map(
      // null is how the API server's JSON spells a value without bytes.
      Object.entries(data ?? {}).map(([key, value]) => [key, Sensitive.fromBase64(value ?? '')]),
    ),
  };
}
