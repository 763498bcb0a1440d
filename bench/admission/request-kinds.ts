import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

/** One kind of request, sent `rounds` times `requests` times to each server. */
export interface RequestKind {
  readonly name: string;
  readonly path: '/mutate' | '/validate';
  readonly body: Buffer;
  readonly isPatched: boolean;
  /** The ratio to reach. */
  readonly target: number;
  readonly rounds: number;
  readonly requests: number;
  /** Rounds before any is counted. */
  readonly warmUp: number;
}

const SMALL = { target: 2, rounds: 25, requests: 250, warmUp: 12 };
const LARGE = { target: 1, rounds: 21, requests: 12, warmUp: 5 };

/** The API server takes 1 MiB of values in all. Bytes. */
const MOST_DATA = 1024 * 1024;

/**
 * The Secret of the story, good as it is, alone and beside a keystore that makes it as large as a Secret may be. What
 * comes to /mutate lacks its DATABASE_URL, or has a new password that DATABASE_URL does not follow yet, so that a patch
 * is computed; what comes to /validate is the result.
 */
export function requestKinds(): readonly RequestKind[] {
  const before = story('before');
  const { DATABASE_URL: _, ...bare } = before;
  const after = story('after');
  const stale = { ...after, DATABASE_URL: before.DATABASE_URL };
  return (['2.5 KB', '1 MiB'] as const).flatMap((size) => {
    const figures = size === '1 MiB' ? LARGE : SMALL;
    const create = (data: Data) => review('CREATE', size === '1 MiB' ? full(data) : data);
    const update = (data: Data) =>
      size === '1 MiB' ? review('UPDATE', full(data), full(before)) : review('UPDATE', data, before);
    return [
      { name: `mutate CREATE ${size}`, path: '/mutate', body: create(bare), isPatched: true, ...figures },
      { name: `mutate UPDATE ${size}`, path: '/mutate', body: update(stale), isPatched: true, ...figures },
      {
        name: `validate CREATE ${size}`,
        path: '/validate',
        body: create(before),
        isPatched: false,
        ...figures,
      },
      {
        name: `validate UPDATE ${size}`,
        path: '/validate',
        body: update(after),
        isPatched: false,
        ...figures,
      },
    ] satisfies RequestKind[];
  });
}

type Data = Readonly<Record<string, Buffer>>;

function story(version: string) {
  const secret = (key: string) => random(`${key} ${version}`, 32).toString('hex');
  const password = random(`POSTGRES_PASSWORD ${version}`, 24).toString('base64url');
  const values = {
    CSRF_SECRET: secret('CSRF_SECRET'),
    DATABASE_URL: `postgresql://reconciliation:${password}@postgres-service:5432/reconciliation?sslmode=disable`,
    JWT_REFRESH_SECRET: secret('JWT_REFRESH_SECRET'),
    JWT_SECRET: secret('JWT_SECRET'),
    PASSWORD_MASTER_KEY: secret('PASSWORD_MASTER_KEY'),
    POSTGRES_DB: 'reconciliation',
    POSTGRES_PASSWORD: password,
    POSTGRES_USER: 'reconciliation',
    REDIS_URL: 'redis://redis:6379/0',
  };
  return Object.fromEntries(Object.entries(values).map(([key, text]) => [key, Buffer.from(text)])) as Record<
    keyof typeof values,
    Buffer
  >;
}

function full(data: Data): Data {
  const taken = Object.values(data).reduce((sum, { length }) => sum + length, 0);
  return { ...data, 'keystore.p12': random('keystore', MOST_DATA - taken) };
}

/** The same in every run. */
function random(seed: string, size: number): Buffer {
  return createHash('shake256', { outputLength: size }).update(seed).digest();
}

/** With all that an API server sends. */
function review(operation: 'CREATE' | 'UPDATE', data: Data, oldData?: Data): Buffer {
  return Buffer.from(
    JSON.stringify({
      kind: 'AdmissionReview',
      apiVersion: 'admission.k8s.io/v1',
      request: {
        uid: 'f0ff5076-8dea-4029-b669-a23d519746db',
        kind: { group: '', version: 'v1', kind: 'Secret' },
        resource: { group: '', version: 'v1', resource: 'secrets' },
        requestKind: { group: '', version: 'v1', kind: 'Secret' },
        requestResource: { group: '', version: 'v1', resource: 'secrets' },
        name: 'reconciliation-secrets',
        namespace: 'recon',
        operation,
        userInfo: {
          username: 'admin',
          groups: ['system:masters', 'system:authenticated'],
          extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${'a3173a33'.repeat(8)}`] },
        },
        object: secretOf(data),
        oldObject: oldData === undefined ? null : secretOf(oldData),
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

function secretOf(data: Data) {
  return {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: {
      name: 'reconciliation-secrets',
      namespace: 'recon',
      uid: '0d5963b7-aed4-438f-a60f-4a28a3241e68',
      resourceVersion: '12920',
      creationTimestamp: '2026-11-24T23:51:27Z',
      labels: { app: 'reconciliation' },
      managedFields: [
        {
          manager: 'kubectl',
          operation: 'Update',
          apiVersion: 'v1',
          time: '2026-11-24T23:51:28Z',
          fieldsType: 'FieldsV1',
          fieldsV1: {
            'f:data': Object.fromEntries(
              ['.', ...Object.keys(data).map((key) => `f:${key}`)].map((f) => [f, {}]),
            ),
            'f:type': {},
          },
        },
      ],
    },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value.toString('base64')])),
    type: 'Opaque',
  };
}
