import t from 'tap';
import { denies } from '../../../../src/engine/secret/finding/finding.ts';
import type { Request } from '../../../../src/engine/secret/secret.ts';
import {
  aCreate,
  afterMutation,
  anUpdate,
  mutated,
  validated,
  validatedOnly,
  writtenValues,
} from '../../../helpers/engine/engine.ts';
import { fc } from '../../../helpers/property.ts';

/*
 * The contract of derived keys in its own words: the oracle knows no function of the engine. Values are so plain that a
 * URL can be built from its parts and needs no parser.
 */

interface Parts {
  readonly user: string;
  readonly password: string;
  readonly host: string;
  readonly port: string;
  readonly database: string;
}
type Form = keyof typeof FORMS;
const FORMS = {
  url: ({ user, password, host, port, database }: Parts) =>
    `postgresql://${user}:${password}@${host}:${port}/${database}?application_name=x`,
  driver: ({ user, password, host, port, database }: Parts) =>
    `postgres+asyncpg://${user}:${password}@${host}:${port}/${database}`,
  query: ({ user, password, host, port, database }: Parts) =>
    `postgresql://${host}:${port}/${database}?user=${user}&password=${password}`,
  keyword: ({ user, password, host, port, database }: Parts) =>
    `host=${host} port=${port} user=${user} password=${password} dbname=${database}`,
  jdbc: ({ user, password, host, port, database }: Parts) =>
    `jdbc:postgresql://${host}:${port}/${database}?user=${user}&password=${password}`,
};

const PASSWORDS = ['Vq7mT2xLr9KcW4nB8sZd', 'h3JfPz6RyD1gXw5EuNaQ', 'mX4wLq8RtZ2kVn6bYc9d'];
const pools = {
  user: ['shop', 'orders_rw', 'reports'],
  password: PASSWORDS,
  host: ['db-1', 'db-2', 'pgbouncer', 'postgres-service'],
  port: ['5432', '6432'],
  database: ['shop', 'warehouse'],
};
const BASE_KEYS = {
  user: 'POSTGRES_USER',
  password: 'POSTGRES_PASSWORD',
  host: 'POSTGRES_HOST',
  port: 'POSTGRES_PORT',
  database: 'POSTGRES_DB',
} as const;
const PART_NAMES = Object.keys(BASE_KEYS) as (keyof Parts)[];

interface Written {
  readonly bases: Partial<Parts>;
  readonly url: { readonly form: Form; readonly parts: Parts } | undefined;
  readonly hasOtherUrl: boolean;
  readonly level: string;
}

const parts = fc.record({
  user: fc.constantFrom(...pools.user),
  password: fc.constantFrom(...pools.password),
  host: fc.constantFrom(...pools.host),
  port: fc.constantFrom(...pools.port),
  database: fc.constantFrom(...pools.database),
});
const bases = fc
  .tuple(parts, fc.subarray(PART_NAMES, { minLength: 2 }))
  .map(([all, names]) => Object.fromEntries(names.map((name) => [name, all[name]])) as Partial<Parts>);
const form = fc.constantFrom(...(Object.keys(FORMS) as Form[]));
const written: fc.Arbitrary<Written> = fc.record({
  bases,
  url: fc.option(fc.record({ form, parts }), { nil: undefined, freq: 5 }),
  hasOtherUrl: fc.nat({ max: 4 }).map((one) => one === 0),
  level: fc.constantFrom('info', 'debug'),
});

/** A write: the Secret after it and, for an update, before it. Most updates change one thing. */
const write = fc
  .tuple(written, written, fc.constantFrom('create', 'level', 'url', 'bases', 'password', 'all', 'remove'))
  .map(([before, other, what]) => {
    const after: Written = {
      create: before,
      level: { ...before, level: before.level === 'info' ? 'debug' : 'info' },
      url: { ...before, url: other.url },
      bases: { ...before, bases: other.bases },
      password: { ...before, bases: { ...before.bases, password: other.bases.password ?? PASSWORDS[0]! } },
      all: other,
      remove: { ...before, url: undefined },
    }[what];
    return { before: what === 'create' ? undefined : before, after };
  });

const textOf = ({ url }: Written): string | undefined => url && FORMS[url.form](url.parts);

function valuesOf(one: Written): Record<string, string> {
  const values: Record<string, string> = { LOG_LEVEL: one.level };
  for (const part of PART_NAMES) {
    const value = one.bases[part];
    if (value !== undefined) values[BASE_KEYS[part]] = value;
  }
  const url = textOf(one);
  if (url !== undefined) values.DATABASE_URL = url;
  if (one.hasOtherUrl) values.DIRECT_URL = 'postgresql://other:kR5tYw9LqXz3NvBm7PcD@elsewhere/other';
  return values;
}

const isTouched = (before: Written | undefined, after: Written): boolean =>
  before === undefined ||
  textOf(before) !== textOf(after) ||
  PART_NAMES.some((part) => before.bases[part] !== after.bases[part]);

/** `reconciliation`: every part whose key is there. Another host with another port is a pooler's. */
function boundUrl(before: Written | undefined, { bases: held }: Written, present: Parts): Parts {
  const host = held.host ?? 'postgres-service';
  const named = ['postgres-service', before?.bases.host];
  const isPooler =
    present.host !== host && present.port !== (held.port ?? '5432') && !named.includes(present.host);
  return { ...present, ...held, ...(isPooler ? { host: present.host, port: present.port } : {}) };
}

/** The other policies: the password, and the user if it is the login of the base keys, now or before. */
function strangersUrl(before: Written | undefined, { bases: held }: Written, present: Parts): Parts {
  const { user, password } = held;
  const isOurs =
    user === undefined ||
    present.user === user ||
    present.user === before?.bases.user ||
    present.password === password;
  if (!isOurs) return present;
  return { ...present, user: user ?? present.user, password: password ?? present.password };
}

function expectedUrl(isStranger: boolean, before: Written | undefined, after: Written): string | undefined {
  const { url, bases: held } = after;
  if (!isTouched(before, after)) return textOf(after);
  if (url !== undefined)
    return FORMS[url.form]((isStranger ? strangersUrl : boundUrl)(before, after, url.parts));
  const { user, password, host, port = '5432', database } = held;
  if (user === undefined || password === undefined || database === undefined) return undefined;
  if (isStranger)
    return host === undefined || after.hasOtherUrl
      ? undefined
      : `postgresql://${user}:${password}@${host}:${port}/${database}`;
  return `postgresql://${user}:${password}@${host ?? 'postgres-service'}:${port}/${database}?sslmode=disable`;
}

for (const name of ['reconciliation-secrets', 'shop-db']) {
  const isStranger = name === 'shop-db';
  t.test(`${name}: a write changes only what the contract says, and each change is said`, async (t) => {
    const counts = { changed: 0, added: 0, kept: 0, noted: 0 };
    fc.assert(
      fc.property(write, ({ before, after }) => {
        const sent = valuesOf(after);
        const request: Request =
          before === undefined ? aCreate(sent, { name }) : anUpdate(valuesOf(before), sent, { name });
        const decision = mutated(request);
        const changes = writtenValues(decision);
        const expected = expectedUrl(isStranger, before, after);
        const stored = changes.DATABASE_URL ?? sent.DATABASE_URL;
        if (stored !== expected) throw new Error(`stored ${stored}, not ${expected}`);
        const others = Object.keys(changes).filter((key) => key !== 'DATABASE_URL');
        if (others.length > 0) throw new Error(`changed ${others}`);

        const final = afterMutation(request, decision);
        const { findings } = validatedOnly(final);
        if (findings.some(({ rule, action }) => rule === 'mismatch' && action === 'Enforce'))
          throw new Error('the validating webhook refuses what the mutating one has made');
        if (Object.keys(writtenValues(validated(final))).length > 0) throw new Error('changed again');
        const isSaid = decision.changes.every(({ warning = '' }) => /follows?|added|derived/.test(warning));
        if (!isSaid && !findings.some(denies)) throw new Error('a change is silent');

        counts.noted += findings.some(({ rule }) => rule === 'mismatch') ? 1 : 0;
        if (!isTouched(before, after) && isStranger) {
          const noise = findings.filter(
            ({ rule, message }) =>
              rule === 'mismatch' && /, and [a-z, ]+ (?:is|are) (?:not )?changed/.test(message),
          );
          if (noise.length > 0) throw new Error('said again at a write of another key');
        }
        counts.changed += changes.DATABASE_URL !== undefined && sent.DATABASE_URL !== undefined ? 1 : 0;
        counts.added += changes.DATABASE_URL !== undefined && sent.DATABASE_URL === undefined ? 1 : 0;
        counts.kept += changes.DATABASE_URL === undefined ? 1 : 0;
        return true;
      }),
      { seed: 20261130, numRuns: 3000 },
    );
    for (const [what, count] of Object.entries(counts)) t.ok(count > 20, `${what}: ${count}`);
  });
}
