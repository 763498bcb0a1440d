import { randomBytes } from 'node:crypto';
import t from 'tap';
import type { Policy } from '../../../../src/engine/policy/policy.ts';
import { type NewSecret, newSecret } from '../../../../src/engine/review/decide/new-secret.ts';
import type { EngineContext } from '../../../../src/engine/review/evaluation/decision.ts';
import type { Secret } from '../../../../src/engine/secret/secret.ts';
import {
  aPolicy,
  aSecret,
  builtins,
  findingTexts,
  GOOD,
  testContext,
  validated,
} from '../../../helpers/engine/engine.ts';

const byChance: EngineContext = { ...testContext, random: (size) => randomBytes(size) };

interface Given {
  readonly values?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly rest?: Partial<Secret>;
}

function builtin(name: string): Policy {
  const found = builtins.find((policy) => policy.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

function made(
  policy: Policy,
  { values = {}, environment, rest = {} }: Given = {},
  policies: readonly Policy[] = [policy, ...builtins.filter(({ name }) => name !== policy.name)],
): NewSecret {
  const name = policy.match.names?.[0] ?? 'app';
  return newSecret({ policy, secret: aSecret(values, { name, ...rest }), environment }, policies, byChance);
}

/** The plain values of a complete Secret, in their order. */
function valuesOf(outcome: NewSecret): Readonly<Record<string, string>> {
  if (outcome.kind !== 'complete') throw new Error(JSON.stringify(outcome));
  return Object.fromEntries(
    [...outcome.secret.data].map(([key, value]) => [
      key,
      Buffer.from(value.reveal(), 'base64').toString('utf8'),
    ]),
  );
}

const missingOf = (outcome: NewSecret) => (outcome.kind === 'incomplete' ? outcome.missing : outcome.kind);

t.test('completes the example Secret with defaults, generated and derived values', async (t) => {
  const values = valuesOf(made(builtin('reconciliation')));
  t.same(Object.keys(values), [
    'POSTGRES_USER',
    'POSTGRES_PASSWORD',
    'POSTGRES_DB',
    'DATABASE_URL',
    'JWT_SECRET',
    'JWT_REFRESH_SECRET',
    'CSRF_SECRET',
    'PASSWORD_MASTER_KEY',
  ]);
  t.match(values.POSTGRES_PASSWORD, /^[A-Za-z0-9]{32}$/);
  t.match(values.JWT_SECRET, /^[\w-]{64}$/);
  const password = values.POSTGRES_PASSWORD;
  t.equal(
    values.DATABASE_URL,
    `postgresql://postgres:${password}@postgres-service:5432/reconciliation?sslmode=disable`,
  );
});

t.test('a second Secret shares no generated value with the first', async (t) => {
  const [one, other] = [valuesOf(made(builtin('reconciliation'))), valuesOf(made(builtin('reconciliation')))];
  const same = Object.keys(one).filter((key) => one[key] === other[key]);
  t.same(same, ['POSTGRES_USER', 'POSTGRES_DB']);
});

t.test('prefers a given value to the environment, and the environment to a default', async (t) => {
  const policy = aPolicy('p', {
    keys: { A: { default: 'a' }, B: { default: 'b' }, C: { default: 'c' } },
    environments: { dev: { B: 'dev-b', C: 'dev-c', D: 'dev-d', E: 'dev-e' } },
  });
  t.same(valuesOf(made(policy, { values: { C: 'given-c', E: 'given-e' }, environment: 'dev' })), {
    A: 'a',
    B: 'dev-b',
    C: 'given-c',
    D: 'dev-d',
    E: 'given-e',
  });
  t.same(valuesOf(made(policy)), { A: 'a', B: 'b', C: 'c' });
});

t.test('an environment may name a key that only a template names', async (t) => {
  const { DATABASE_URL } = valuesOf(made(builtin('reconciliation'), { environment: 'development' }));
  t.match(DATABASE_URL, /@localhost:5432\//);
});

t.test('accepts a value given under an alias', async (t) => {
  const values = valuesOf(made(builtin('reconciliation'), { values: { DB_PASSWORD: GOOD.password } }));
  t.equal(values.POSTGRES_PASSWORD, undefined);
  t.match(values.DATABASE_URL, `:${GOOD.password}@`);
});

t.test('names all keys without a source at once, also the base keys of a derived key', async (t) => {
  const policy = aPolicy('p', {
    keys: {
      USER: { required: true },
      HOST: {},
      TOKEN: { required: true, sensitive: true },
      URL: { required: true, derive: { template: 'https://${USER}@${HOST}/' } },
      NOTE: {},
    },
  });
  t.same(missingOf(made(policy)), ['USER', 'TOKEN', 'HOST']);
  t.same(missingOf(made(policy, { values: { USER: '', HOST: 'db' } })), ['USER', 'TOKEN']);
});

t.test('includes a required key under any action', async (t) => {
  const policy = aPolicy('p', { action: 'Audit', keys: { USER: { required: true } } });
  t.same(missingOf(made(policy)), ['USER']);
});

t.test('includes a derived key under any action', async (t) => {
  const keys = { USER: { default: 'app' }, URL: { required: true, derive: { template: 'x://${USER}@db' } } };
  const secret = made(aPolicy('p', { action: 'Audit', keys }));
  t.match(secret, { kind: 'complete', findings: [] });
  t.equal(
    secret.kind === 'complete' && secret.secret.data.get('URL')?.withPlaintext(({ text }) => text),
    'x://app@db',
  );
});

t.test('adds no key that nobody demands, under any action', async (t) => {
  for (const action of ['Enforce', 'Audit']) {
    const keys = { USER: {}, URL: { derive: { template: 'x://${USER}@db' } } };
    const policy = aPolicy('p', { action, keys });
    const secret = aSecret({ USER: 'app' }, { name: 'app' });
    const spec = { policy, secret, environment: undefined, onlyRequired: true };
    t.same(Object.keys(valuesOf(newSecret(spec, [policy], byChance))), ['USER'], action);
  }
});

t.test('asks for the keys by which a policy matches', async (t) => {
  t.same(missingOf(made(builtin('postgres-basic-auth'))), ['username', 'dbname']);
});

t.test('makes no Secret that the policy does not select', async (t) => {
  for (const rest of [{ name: 'other' }, { name: '', generateName: 'reconciliation-' }]) {
    t.same(made(builtin('reconciliation'), { rest }), { kind: 'unmeant' });
  }
  const policy = aPolicy('p', { match: { hasAnyKey: ['A', 'B'] }, keys: { C: { default: 'c' } } });
  t.same(made(policy), { kind: 'unmeant' });
  t.same(valuesOf(made(policy, { values: { B: 'b' } })), { C: 'c', B: 'b' });
  t.same(made(builtin('no-placeholders'), { rest: { namespace: 'kube-system' } }), { kind: 'exempt' });
});

t.test('a required key that is empty gets its value, an optional one is empty on purpose', async (t) => {
  const values = valuesOf(made(builtin('reconciliation'), { values: { 'jwt-secret': '', CSRF_SECRET: '' } }));
  t.match(values['jwt-secret'], /^[\w-]{64}$/);
  t.equal(values.JWT_SECRET, undefined);
  t.equal(values.CSRF_SECRET, '');
});

t.test('refuses a Secret that check would refuse, with the messages of the engine', async (t) => {
  const outcome = made(builtin('reconciliation'), { values: { JWT_SECRET: 'CHANGE_ME' } });
  t.match(outcome, { kind: 'refused', findings: { length: 1 } });
  t.match(outcome, { findings: [{ key: 'JWT_SECRET', rule: 'placeholder', action: 'Enforce' }] });
  const short = made(builtin('reconciliation'), { values: { POSTGRES_PASSWORD: 'Vq7mT2xL' } });
  t.match(short, { kind: 'refused', findings: [{ rule: 'min-length' }] });
});

t.test('corrects an accident in a given value, and reports it', async (t) => {
  const outcome = made(builtin('reconciliation'), { values: { POSTGRES_PASSWORD: `${GOOD.password}\n` } });
  t.equal(valuesOf(outcome).POSTGRES_PASSWORD, GOOD.password);
  t.match(outcome, {
    changes: [{ key: 'POSTGRES_PASSWORD', reason: 'trailing-newline' }, { key: 'DATABASE_URL' }],
  });
});

t.test('admission accepts every Secret from a built-in policy unchanged', async (t) => {
  const values = { username: 'shop', dbname: 'shop' };
  for (const policy of builtins) {
    const given = policy.match.hasKeys === undefined ? {} : values;
    const outcome = made(policy, { values: given });
    if (policy.keys.every(({ generate, default: value }) => generate === undefined && value === undefined)) {
      t.match(outcome.kind, /complete|unmeant/, 'makes no value');
      continue;
    }
    if (outcome.kind !== 'complete') throw new Error(`${policy.name}: ${outcome.kind}`);
    const decision = validated({
      operation: 'CREATE',
      secret: outcome.secret,
      old: undefined,
      username: undefined,
    });
    t.same(
      { changes: decision.changes, reported: findingTexts(decision) },
      { changes: [], reported: [] },
      policy.name,
    );
  }
});

t.test('a broken random source is an error, not a weak value', async (t) => {
  const broken = { ...testContext, random: (size: number) => new Uint8Array(size) };
  const policy = builtin('reconciliation');
  t.throws(() => newSecret({ policy, secret: aSecret({}), environment: undefined }, builtins, broken));
});
