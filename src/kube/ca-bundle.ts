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
  /** One for each webhook of it: the PEM text, or empty. */
  readonly bundles: readonly Bundle[];
}

interface Bundle {
  readonly webhook: string;
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
  return { kind, bundles: (found.webhooks ?? []).map(bundleOf) };
}

function bundleOf(webhook: V1MutatingWebhook | V1ValidatingWebhook): Bundle {
  const base64 = webhook.clientConfig.caBundle ?? '';
  return { webhook: webhook.name, pem: Buffer.from(base64, 'base64').toString('utf8') };
}

/**
 * Puts `pem` in as the caBundle of every webhook of the configuration, and touches nothing else of it.
 * The `test` refuses the patch where the webhooks are not in the order they were read in.
 */
export async function writeCaBundle(cluster: Cluster, trusted: TrustedBy, pem: string): Promise<void> {
  const caBundle = Buffer.from(pem, 'utf8').toString('base64');
  const body = trusted.bundles.flatMap(({ webhook }, index) => [
    { op: 'test', path: `/webhooks/${index}/name`, value: webhook },
    { op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value: caBundle },
  ]);
  const request = { name: NAME, body, fieldManager: 'lockstep-certs' };
  await ask(cluster.server, `writing caBundle of ${trusted.kind} ${NAME}`, async () => {
    if (trusted.kind === 'MutatingWebhookConfiguration') {
      await cluster.admission.patchMutatingWebhookConfiguration(request);
    } else {
      await cluster.admission.patchValidatingWebhookConfiguration(request);
    }
  });
}
