import type { V1MutatingWebhook, V1ValidatingWebhook } from '@kubernetes/client-node';
import { LockstepError } from '../errors.ts';
import type { Cluster } from './connect.ts';
import { ask, askFor } from './failure.ts';

export type WebhookKind = 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';

/** Both are named `lockstep`, and hold one webhook each: manifests/base. */
const NAME = 'lockstep';

/** A configuration as `certs` sees it: nothing but whom its webhooks trust. */
export interface TrustedBy {
  readonly kind: WebhookKind;
  readonly resourceVersion: string;
  /** One for each webhook of it: the PEM text, or empty. */
  readonly bundles: readonly Bundle[];
}

interface Bundle {
  readonly pem: string;
}

/** Throws LockstepError where the configuration is not installed. */
export async function readCaBundles(cluster: Cluster, kind: WebhookKind): Promise<TrustedBy> {
  const found = await askFor(cluster.server, `reading ${kind} ${NAME}`, () =>
    kind === 'MutatingWebhookConfiguration'
      ? cluster.admission.readMutatingWebhookConfiguration({ name: NAME })
      : cluster.admission.readValidatingWebhookConfiguration({ name: NAME }),
  );
  if (found === undefined) throw new LockstepError('NOT_INSTALLED', [`${kind} ${NAME}`]);
  const resourceVersion = found.metadata?.resourceVersion ?? '';
  return { kind, resourceVersion, bundles: (found.webhooks ?? []).map(bundleOf) };
}

function bundleOf(webhook: V1MutatingWebhook | V1ValidatingWebhook): Bundle {
  const base64 = webhook.clientConfig.caBundle ?? '';
  return { pem: Buffer.from(base64, 'base64').toString('utf8') };
}

/**
 * Puts `pem` in as the caBundle of every webhook of the configuration, and touches nothing else of it.
 * With the resourceVersion that was read in the patch, a change in between is a conflict: two runs at once can't lose each other's CA.
 */
export async function writeCaBundle(cluster: Cluster, trusted: TrustedBy, pem: string): Promise<void> {
  const caBundle = Buffer.from(pem, 'utf8').toString('base64');
  const body = [
    { op: 'replace', path: '/metadata/resourceVersion', value: trusted.resourceVersion },
    ...trusted.bundles.map((_, index) => ({
      op: 'add',
      path: `/webhooks/${index}/clientConfig/caBundle`,
      value: caBundle,
    })),
  ];
  const request = { name: NAME, body, fieldManager: 'lockstep-certs' };
  await ask(cluster.server, `writing caBundle of ${trusted.kind} ${NAME}`, async () => {
    if (trusted.kind === 'MutatingWebhookConfiguration') {
      await cluster.admission.patchMutatingWebhookConfiguration(request);
    } else {
      await cluster.admission.patchValidatingWebhookConfiguration(request);
    }
  });
}
