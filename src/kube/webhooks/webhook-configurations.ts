import { callApiIfFound } from '../client/api-error.ts';
import type { Cluster } from '../client/connect.ts';
import type { WebhookKind } from './ca-bundle.ts';

/** A webhook of lockstep as the API server stores it. */
export interface ConfiguredWebhook {
  readonly name: string;
  /** `Fail` or `Ignore`. */
  readonly failurePolicy: string;
  /** PEM text without validation, or empty. */
  readonly pem: string;
}

const GROUP = '/apis/admissionregistration.k8s.io/v1';
const PATHS: Readonly<Record<WebhookKind, string>> = {
  MutatingWebhookConfiguration: `${GROUP}/mutatingwebhookconfigurations/lockstep`,
  ValidatingWebhookConfiguration: `${GROUP}/validatingwebhookconfigurations/lockstep`,
};

/** The webhooks of both configurations. A configuration that is not installed has none. Throws LockstepError. */
export async function readConfiguredWebhooks(cluster: Cluster): Promise<readonly ConfiguredWebhook[]> {
  return [
    ...(await readConfiguration(cluster, 'MutatingWebhookConfiguration')),
    ...(await readConfiguration(cluster, 'ValidatingWebhookConfiguration')),
  ];
}

async function readConfiguration(
  { server, call }: Cluster,
  kind: WebhookKind,
): Promise<readonly ConfiguredWebhook[]> {
  const answer = await callApiIfFound(server, `reading ${kind} lockstep`, () => call({ path: PATHS[kind] }));
  return ((answer?.object as WebhookConfiguration | undefined)?.webhooks ?? []).map(settingsOf);
}

interface WebhookConfiguration {
  readonly webhooks?:
    | readonly {
        readonly name?: string;
        readonly failurePolicy?: string;
        readonly clientConfig?: { readonly caBundle?: string | null };
      }[]
    | null;
}

const settingsOf = ({
  name = '',
  failurePolicy = 'Fail',
  clientConfig,
}: NonNullable<WebhookConfiguration['webhooks']>[number]): ConfiguredWebhook => ({
  name,
  failurePolicy,
  pem: Buffer.from(clientConfig?.caBundle ?? '', 'base64').toString('utf8'),
});
