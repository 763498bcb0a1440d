import { createServer } from 'node:https';
import { json } from 'node:stream/consumers';
import { createServingFiles } from '../../../src/tls/ca.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { freePort } from '../../testbed/process/ports.ts';
import { keyText } from '../admission/serving.ts';

/** The request to a webhook. */
export interface WebhookRequest {
  readonly uid: string;
  readonly userInfo: { readonly username: string };
  readonly object: {
    readonly kind: string;
    readonly metadata: { readonly namespace: string; readonly name: string };
    /** Values of a Secret. */
    readonly data: Readonly<Record<string, string>>;
    /** Template of a workload. */
    readonly spec?: object;
  };
}

/** The `status` of a denial. */
export interface DenialResponse {
  readonly code: number;
  readonly message: string;
  /** The webhook fails instead: HTTP `code`, with the message as its body. */
  readonly isFailure?: boolean;
}

/** Undefined lets it in. */
export type DenyFunction = (
  data: WebhookRequest['object']['data'],
  asked: WebhookRequest,
) => DenialResponse | undefined;

const SECRETS = { apiGroups: [''], apiVersions: ['v1'], resources: ['secrets'] };
const DEPLOYMENTS = { apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] };

/** A validating webhook that refuses each Secret and each Deployment as `deny` says: what lockstep must never be. */
export async function startLeakyWebhook(cluster: Cluster, deny: DenyFunction): Promise<AsyncDisposable> {
  const files = await createServingFiles(['localhost', '127.0.0.1'], { now: new Date(), days: 1 });
  const port = await freePort();
  const server = createServer({ cert: files.cert, key: keyText(files) }, async (request, response) => {
    const asked = ((await json(request)) as { request: WebhookRequest }).request;
    const denied = deny(asked.object.data, asked);
    if (denied?.isFailure === true) {
      response.writeHead(denied.code, { 'content-type': 'text/plain' }).end(denied.message);
      return;
    }
    const answer = { uid: asked.uid, allowed: denied === undefined, ...(denied && { status: denied }) };
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }),
    );
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const configuration = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'leaky' },
    webhooks: [
      {
        name: 'leaky.example.com',
        clientConfig: {
          url: `https://127.0.0.1:${port}/`,
          caBundle: Buffer.from(files.ca).toString('base64'),
        },
        rules: [SECRETS, DEPLOYMENTS].map((rule) => ({ ...rule, operations: ['CREATE', 'UPDATE'] })),
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
      },
    ],
  };
  await cluster.apply(configuration);
  return {
    [Symbol.asyncDispose]: async () => {
      await cluster.mustRun(['delete', 'validatingwebhookconfiguration', 'leaky']);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
