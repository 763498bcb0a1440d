import { random } from './review-body.ts';

/** One of many reviews, and how it must be answered. */
export interface Review {
  readonly path: '/mutate' | '/validate';
  readonly body: Buffer;
  readonly isAllowed: boolean;
  readonly isPatched: boolean;
}

/** In a hundred reviews: how many are as large as a Secret may be, denied, and given a derived key. */
const LARGE = 1;
const DENIED = 10;
const DERIVED = 30;

/** The API server takes 1 MiB of values in all; some of it are the others'. Bytes. */
const KEYSTORE = 1024 * 1024 - 2048;
const keystores = Array.from({ length: 4 }, (_, number) =>
  random(`keystore ${number}`, KEYSTORE).toString('base64'),
);

/** The n-th: each is about another Secret with values of its own, of which nothing is remembered. */
export function review(number: number): Review {
  const turn = number % 100;
  const path = number % 2 === 0 ? '/mutate' : '/validate';
  const isLarge = turn < LARGE;
  const isDenied = !isLarge && turn < LARGE + DENIED;
  const isDerived = !isLarge && !isDenied && turn < LARGE + DENIED + DERIVED;
  const password = random(`password ${number}`, 18).toString('base64url');
  const url = `postgresql://app:${password}@postgres-service:5432/app`;
  const values = {
    POSTGRES_USER: 'app',
    POSTGRES_PASSWORD: password,
    POSTGRES_DB: 'app',
    POSTGRES_HOST: 'postgres-service',
    JWT_SECRET: isDenied ? 'CHANGE_ME' : random(`jwt ${number}`, 48).toString('base64url'),
    API_TOKEN: random(`token ${number}`, 32).toString('hex'),
    ...(isDerived ? {} : { DATABASE_URL: url }),
  };
  const data = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  const all = isLarge ? { ...data, 'keystore.p12': keystores[(number / 100) % keystores.length] } : data;
  return {
    path,
    body: Buffer.from(JSON.stringify(reviewOf(number, all))),
    isAllowed: !isDenied || path === '/mutate',
    isPatched: isDerived && path === '/mutate',
  };
}

function reviewOf(number: number, data: object): object {
  const [namespace, name] = [`team-${number % 500}`, `app-${number}`];
  const secrets = { group: '', version: 'v1', resource: 'secrets' };
  const kind = { group: '', version: 'v1', kind: 'Secret' };
  const metadata = {
    name,
    namespace,
    uid: uuid(`secret ${number}`),
    creationTimestamp: '2026-11-24T23:51:27Z',
  };
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: uuid(`review ${number}`),
      kind,
      resource: secrets,
      requestKind: kind,
      requestResource: secrets,
      name,
      namespace,
      operation: 'CREATE',
      userInfo: { username: `deployer-${number % 50}`, groups: ['system:authenticated'] },
      object: { kind: 'Secret', apiVersion: 'v1', metadata, data, type: 'Opaque' },
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'kubectl' },
    },
  };
}

const uuid = (seed: string): string =>
  random(seed, 16)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
