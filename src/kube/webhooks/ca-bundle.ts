import { LockstepError } from '../../errors/errors.ts';
import { callApi, callApiIfFound } from '../client/call.ts';
import type { ApiResponse, Cluster } from '../client/connect.ts';

export type WebhookKind = 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';

/** Both configurations are named `lockstep`: manifests/base. */
const CONFIGURATION_NAME = 'lockstep';
const API_VERSION = 'admissionregistration.k8s.io/v1';
const PATHS: Readonly<Record<WebhookKind, string>> = {
  MutatingWebhookConfiguration: `/apis/${API_VERSION}/mutatingwebhookconfigurations/${CONFIGURATION_NAME}`,
  ValidatingWebhookConfiguration: `/apis/${API_VERSION}/validatingwebhookconfigurations/${CONFIGURATION_NAME}`,
};

export interface WebhookCaBundles {
  readonly kind: WebhookKind;
  readonly resourceVersion: string;
  readonly bundles: readonly WebhookCaBundle[];
}

interface WebhookCaBundle {
  readonly webhook: string;
  /** PEM text without validation, or empty. */
  readonly pem: string;
}

interface WebhookConfigurationObject {
  readonly metadata: { readonly resourceVersion: string };
  readonly webhooks?: readonly WebhookObject[] | null;
}

interface WebhookObject {
  readonly name: string;
  readonly failurePolicy?: string;
  readonly clientConfig?: { readonly caBundle?: string | null };
}

const readConfiguration = (cluster: Cluster, kind: WebhookKind): Promise<ApiResponse | undefined> =>
  callApiIfFound(cluster, `reading ${kind} ${CONFIGURATION_NAME}`, { path: PATHS[kind] });

const pemOf = ({ clientConfig }: WebhookObject): string =>
  Buffer.from(clientConfig?.caBundle ?? '', 'base64').toString('utf8');

/** A webhook of lockstep as the API server stores it. */
export interface ConfiguredWebhook {
  readonly name: string;
  /** `Fail` or `Ignore`. */
  readonly failurePolicy: string;
  /** PEM text without validation, or empty. */
  readonly pem: string;
}

/** The webhooks of both configurations. A configuration that is not installed has none. Throws LockstepError. */
export async function readConfiguredWebhooks(cluster: Cluster): Promise<readonly ConfiguredWebhook[]> {
  const found: ConfiguredWebhook[] = [];
  for (const kind of Object.keys(PATHS) as WebhookKind[]) {
    const answer = await readConfiguration(cluster, kind);
    for (const one of (answer?.object as WebhookConfigurationObject | undefined)?.webhooks ?? [])
      found.push({ name: one.name, failurePolicy: one.failurePolicy ?? 'Fail', pem: pemOf(one) });
  }
  return found;
}

/** `found` is undefined if the configuration does not exist. `date` is the server clock, if it is known. */
export async function findCaBundles(
  cluster: Cluster,
  kind: WebhookKind,
): Promise<{ readonly found: WebhookCaBundles | undefined; readonly date: Date | undefined }> {
  const answer = await readConfiguration(cluster, kind);
  if (answer === undefined) return { found: undefined, date: undefined };
  const { metadata, webhooks } = answer.object as WebhookConfigurationObject;
  const bundles = (webhooks ?? []).map((one) => ({ webhook: one.name, pem: pemOf(one) }));
  return { found: { kind, resourceVersion: metadata.resourceVersion, bundles }, date: answer.date };
}

/** Throws LockstepError if the configuration is not installed. */
export async function readCaBundles(cluster: Cluster, kind: WebhookKind): Promise<WebhookCaBundles> {
  const { found } = await findCaBundles(cluster, kind);
  if (found === undefined) throw new LockstepError('NOT_INSTALLED', [`${kind} ${CONFIGURATION_NAME}`]);
  return found;
}

/**
 * Writes `pem` as the caBundle of each webhook of the configuration, by server-side apply. lockstep then owns only
 * these fields, and another client that applies the rest leaves them unchanged.
 *
 * The write fails if the configuration changed since it was read. So of two concurrent writers neither loses the CA of
 * the other, and no removed webhook returns.
 */
export async function writeCaBundle(
  cluster: Cluster,
  { kind, resourceVersion, bundles }: WebhookCaBundles,
  pem: string,
): Promise<void> {
  const caBundle = Buffer.from(pem, 'utf8').toString('base64');
  const body = {
    apiVersion: API_VERSION,
    kind,
    metadata: { name: CONFIGURATION_NAME, resourceVersion },
    webhooks: bundles.map(({ webhook }) => ({ name: webhook, clientConfig: { caBundle } })),
  };
  await callApi(cluster, `writing caBundle of ${kind} ${CONFIGURATION_NAME}`, {
    method: 'PATCH',
    path: PATHS[kind],
    query: { force: true },
    body,
    contentType: 'application/apply-patch+yaml',
  });
}
