import { LockstepError } from '../errors.ts';
import type { Cluster } from './connect.ts';
import { ask, askFor } from './failure.ts';

export type WebhookKind = 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';

/** Both are named `lockstep`: manifests/base. */
const NAME = 'lockstep';
const PATHS: Readonly<Record<WebhookKind, string>> = {
  MutatingWebhookConfiguration: `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${NAME}`,
  ValidatingWebhookConfiguration: `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${NAME}`,
};

/** A configuration as lockstep sees it: nothing but whom its webhooks trust. */
export interface TrustedBy {
  readonly kind: WebhookKind;
  readonly resourceVersion: string;
  /** One for each webhook of it. */
  readonly bundles: readonly Bundle[];
}

interface Bundle {
  /** The name of the webhook. */
  readonly webhook: string;
  /** PEM text, or empty; nobody has checked it. */
  readonly pem: string;
}

interface Configuration {
  readonly metadata: { readonly resourceVersion: string };
  readonly webhooks?: readonly {
    readonly name: string;
    readonly clientConfig: { readonly caBundle?: string };
  }[];
}

/** Throws LockstepError where the configuration is not installed. */
export async function readCaBundles({ server, call }: Cluster, kind: WebhookKind): Promise<TrustedBy> {
  const found = await askFor(server, `reading ${kind} ${NAME}`, () => call({ path: PATHS[kind] }));
  if (found === undefined) throw new LockstepError('NOT_INSTALLED', [`${kind} ${NAME}`]);
  const { metadata, webhooks = [] } = found.object as Configuration;
  const bundles = webhooks.map(({ name, clientConfig }) => ({
    webhook: name,
    pem: Buffer.from(clientConfig.caBundle ?? '', 'base64').toString('utf8'),
  }));
  return { kind, resourceVersion: metadata.resourceVersion, bundles };
}

/**
 * Puts `pem` in as the caBundle of every webhook of the configuration, and touches nothing else of it.
 * With the resourceVersion that was read in the patch, a change in between is a conflict: two runs at once can't lose each other's CA.
 */
export async function writeCaBundle(
  { server, call }: Cluster,
  { kind, resourceVersion, bundles }: TrustedBy,
  pem: string,
): Promise<void> {
  const caBundle = Buffer.from(pem, 'utf8').toString('base64');
  const body = [
    { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
    ...bundles.map((_, index) => ({
      op: 'add',
      path: `/webhooks/${index}/clientConfig/caBundle`,
      value: caBundle,
    })),
  ];
  await ask(server, `writing caBundle of ${kind} ${NAME}`, () =>
    call({
      method: 'PATCH',
      path: PATHS[kind],
      query: { fieldManager: 'lockstep-certs' },
      body,
      contentType: 'application/json-patch+json',
    }),
  );
}
