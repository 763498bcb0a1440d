import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../../test/testbed/cluster/cluster.ts';
import { startLockstep, startParsing } from '../servers/measured-server.ts';

const KINDS = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'] as const;

/** Installs a mutating and a validating webhook that only allow, for the Secrets of one namespace. */
export async function installEmptyWebhooks(cluster: Cluster, namespace: string): Promise<Disposable> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-empty-'));
  // It makes the certificate.
  (await startLockstep(folder)).stop();
  const { port, stop } = await startParsing(folder);
  const caBundle = (await readFile(join(folder, 'ca.crt'))).toString('base64');
  for (const kind of KINDS) {
    const configuration = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind,
      metadata: { name: 'empty' },
      webhooks: [
        {
          name: 'empty.example.com',
          clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle },
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          timeoutSeconds: 3,
          failurePolicy: 'Fail',
          rules: [
            {
              apiGroups: [''],
              apiVersions: ['v1'],
              resources: ['secrets'],
              operations: ['CREATE', 'UPDATE'],
            },
          ],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        },
      ],
    };
    await cluster.mustRun(['create', '-f', '-'], { input: configuration });
  }
  return { [Symbol.dispose]: stop };
}
