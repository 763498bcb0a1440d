import { createServer } from 'node:https';
import { json } from 'node:stream/consumers';
import { makeServingFiles } from '../../src/tls/authority.ts';
import type { Cluster } from '../testbed/cluster.ts';
import { freePort } from '../testbed/ports.ts';
import { keyText } from './serving.ts';

interface Asked {
  readonly uid: string;
  readonly object: { readonly data: Readonly<Record<string, string>> };
}

/** The `status` of a denial. */
export type Denial = (data: Asked['object']['data']) => { readonly code: number; readonly message: string };

/** A validating webhook that refuses each Secret as `deny` says: what lockstep must never be. */
export async function startLeakyWebhook(cluster: Cluster, deny: Denial): Promise<AsyncDisposable> {
  const files = await makeServingFiles(['localhost', '127.0.0.1'], { now: new Date(), days: 1 });
  const port = await freePort();
  const server = createServer({ cert: files.cert, key: keyText(files) }, async (request, response) => {
    const { uid, object } = ((await json(request)) as { request: Asked }).request;
    const answer = { uid, allowed: false, status: deny(object.data) };
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
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], resources: ['secrets'], operations: ['CREATE', 'UPDATE'] },
        ],
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
      },
    ],
  };
  await cluster.kubectl(['apply', '-f', '-'], { input: configuration, orThrow: true });
  return {
    [Symbol.asyncDispose]: async () => {
      await cluster.kubectl(['delete', 'validatingwebhookconfiguration', 'leaky'], { orThrow: true });
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
