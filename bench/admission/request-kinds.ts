import { Buffer } from 'node:buffer';
import { type Data, random, reviewBody } from './review-body.ts';

/** One kind of request. */
export interface RequestKind {
  readonly name: string;
  readonly path: '/mutate' | '/validate';
  /** They are sent in turn. Each has other values. */
  readonly bodies: readonly Buffer[];
  readonly isPatched: boolean;
  readonly requests: number;
  readonly rounds: number;
  /** Requests before any is measured. */
  readonly warmUp: number;
}

const SMALL = { requests: 1000, rounds: 9, warmUp: 4000 };
const LARGE = { requests: 12, rounds: 11, warmUp: 60 };

/** The API server takes 1 MiB of values in all. */
const MAX_VALUE_BYTES = 1024 * 1024;

/** The Secret of the story: eleven keys, 3.3 KB for each review of a CREATE. */
export const smallKinds = (): readonly RequestKind[] => kindsOf('3.3 KB', 32, (data) => data, SMALL);

/** The same Secret with a keystore that makes it as large as a Secret may be. */
export const largeKinds = (): readonly RequestKind[] => kindsOf('1 MiB', 2, full, LARGE);

/**
 * A body for `/mutate` lacks its DATABASE_URL, or has a new password that DATABASE_URL does not follow yet, so that a
 * patch is computed. A body for `/validate` has the result.
 */
function kindsOf(
  size: string,
  variants: number,
  sized: (data: Data) => Data,
  figures: Pick<RequestKind, 'requests' | 'rounds' | 'warmUp'>,
): readonly RequestKind[] {
  const bodies = (of: (variant: number) => Buffer) => Array.from({ length: variants }, (_, n) => of(n));
  const name = (variant: number) => `reconciliation-${variant}-secrets`;
  const create = (of: (variant: number) => Data) =>
    bodies((variant) => reviewBody('CREATE', name(variant), sized(of(variant))));
  const update = (of: (variant: number) => Data) =>
    bodies((variant) => reviewBody('UPDATE', name(variant), sized(of(variant)), sized(before(variant))));
  return [
    {
      name: `mutate CREATE ${size}`,
      path: '/mutate',
      bodies: create(withoutUrl),
      isPatched: true,
      ...figures,
    },
    { name: `mutate UPDATE ${size}`, path: '/mutate', bodies: update(stale), isPatched: true, ...figures },
    {
      name: `validate CREATE ${size}`,
      path: '/validate',
      bodies: create(before),
      isPatched: false,
      ...figures,
    },
    {
      name: `validate UPDATE ${size}`,
      path: '/validate',
      bodies: update(after),
      isPatched: false,
      ...figures,
    },
  ];
}

/** An update that changes nothing, as GitOps tools send it every few minutes. */
export function repeatedKind(): RequestKind {
  const bodies = Array.from({ length: 32 }, (_, variant) =>
    reviewBody('UPDATE', `reconciliation-${variant}-secrets`, before(variant), before(variant)),
  );
  return { name: 'the same write again', path: '/mutate', bodies, isPatched: false, ...SMALL };
}

/** As many bytes under keys that no policy names. */
export function unmatchedKind(): RequestKind {
  const data = (variant: number): Data =>
    Object.fromEntries(
      Object.values(before(variant)).map((value, number) => [`SETTING_NUMBER_${number}`, value]),
    );
  const bodies = Array.from({ length: 32 }, (_, variant) =>
    reviewBody('CREATE', `app-${variant}`, data(variant)),
  );
  return { name: 'no policy matches', path: '/validate', bodies, isPatched: false, ...SMALL };
}

const before = (variant: number) => story(`before ${variant}`);
const after = (variant: number) => story(`after ${variant}`);
const stale = (variant: number) => ({ ...after(variant), DATABASE_URL: before(variant).DATABASE_URL });

function withoutUrl(variant: number): Data {
  const { DATABASE_URL: _, ...others } = before(variant);
  return others;
}

function story(version: string) {
  const secret = (key: string) => random(`${key} ${version}`, 32).toString('hex');
  const password = random(`POSTGRES_PASSWORD ${version}`, 24).toString('base64url');
  const values = {
    CSRF_SECRET: secret('CSRF_SECRET'),
    DATABASE_URL: `postgresql://reconciliation:${password}@postgres-service:5432/reconciliation?sslmode=disable`,
    JWT_REFRESH_SECRET: secret('JWT_REFRESH_SECRET'),
    JWT_SECRET: secret('JWT_SECRET'),
    // No update may change it.
    PASSWORD_MASTER_KEY: random('PASSWORD_MASTER_KEY', 32).toString('hex'),
    POSTGRES_DB: 'reconciliation',
    POSTGRES_HOST: 'postgres-service',
    POSTGRES_PASSWORD: password,
    POSTGRES_PORT: '5432',
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
  return { ...data, 'keystore.p12': random('keystore', MAX_VALUE_BYTES - taken) };
}
