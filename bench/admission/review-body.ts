import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

export type Data = Readonly<Record<string, Buffer>>;

/** The same in every run. */
export function random(seed: string, size: number): Buffer {
  return createHash('shake256', { outputLength: size }).update(seed).digest();
}

/** A review with all that an API server sends. */
export function reviewBody(operation: 'CREATE' | 'UPDATE', name: string, data: Data, oldData?: Data): Buffer {
  const kind = { group: '', version: 'v1', kind: 'Secret' };
  const resource = { group: '', version: 'v1', resource: 'secrets' };
  return Buffer.from(
    JSON.stringify({
      kind: 'AdmissionReview',
      apiVersion: 'admission.k8s.io/v1',
      request: {
        uid: 'f0ff5076-8dea-4029-b669-a23d519746db',
        kind,
        resource,
        requestKind: kind,
        requestResource: resource,
        name,
        namespace: 'recon',
        operation,
        userInfo: {
          username: 'admin',
          groups: ['system:masters', 'system:authenticated'],
          extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${'a3173a33'.repeat(8)}`] },
        },
        object: secretOf(name, data),
        oldObject: oldData === undefined ? null : secretOf(name, oldData),
        dryRun: false,
        options: {
          kind: operation === 'CREATE' ? 'CreateOptions' : 'UpdateOptions',
          apiVersion: 'meta.k8s.io/v1',
          fieldManager: 'kubectl',
          fieldValidation: 'Strict',
        },
      },
    }),
  );
}

function secretOf(name: string, data: Data): object {
  const fields = ['.', ...Object.keys(data).map((key) => `f:${key}`)];
  return {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: {
      name,
      namespace: 'recon',
      uid: '0d5963b7-aed4-438f-a60f-4a28a3241e68',
      resourceVersion: '12920',
      creationTimestamp: '2026-11-24T23:51:27Z',
      labels: { app: 'reconciliation' },
      annotations: { 'example.com/owner': 'team-a' },
      managedFields: [
        {
          manager: 'kubectl',
          operation: 'Update',
          apiVersion: 'v1',
          time: '2026-11-24T23:51:28Z',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:data': Object.fromEntries(fields.map((field) => [field, {}])), 'f:type': {} },
        },
      ],
    },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value.toString('base64')])),
    type: 'Opaque',
  };
}
