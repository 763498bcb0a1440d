import { fileURLToPath } from 'node:url';
import { compilePolicy } from '../../../src/engine/policy/compile/compile.ts';
import type { Heal, Policy } from '../../../src/engine/policy/policy.ts';
import { decide, mutateSecret, validateSecret } from '../../../src/engine/review/decide/decide.ts';
import type { Decision, EngineContext } from '../../../src/engine/review/evaluation/decision.ts';
import { sentenceWithoutPolicy } from '../../../src/engine/secret/finding/finding.ts';
import { plainSecret, type Request, type Secret } from '../../../src/engine/secret/secret.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { loadPolicies } from '../../../src/manifest/policies/policies.ts';
import { aSecretPolicy } from '../policy/secret-policy.ts';

const POLICIES_DIR = fileURLToPath(new URL('../../../manifests/policies/', import.meta.url));

/** The policies that ship, as they are read at start. */
export const { policies: builtins } = await loadPolicies(
  [],
  { dir: POLICIES_DIR, drop: [] },
  new Date('2026-11-25'),
);

/** The same, each with this `heal`. */
export const withHeal = (heal: Heal): readonly Policy[] => builtins.map((policy) => ({ ...policy, heal }));

/** Good values of every kind; none of them is used anywhere else. */
export const GOOD = {
  password: 'Vq7mT2xLr9KcW4nB8sZd',
  other: 'h3JfPz6RyD1gXw5EuNaQ',
  key: 'pY4kLx0QmVb7Rz2NcT9wJf6HsD1gEa8uXqKi3oPl5MvBnZrt',
  refresh: 'C7tWz1JqXn5RbK9vLm3YpD8hFs2GgEa6uQoIi4TxNcVrMwPk',
  csrf: 'Rk8VnZ2qWc5LpXj7TbYd4GhMs9FuEa3oQvI6rKtNw1BzJmPx',
  master: 'u5HgTq9ZbXw2NcKv7RmLp4JdYs8FoEa1iQnM3tVrWk6PzBxC',
};

/** The nine-key Secret of the story, without what is derived. */
export const STORY = {
  POSTGRES_USER: 'recon',
  POSTGRES_PASSWORD: GOOD.password,
  POSTGRES_DB: 'reconciliation',
  JWT_SECRET: GOOD.key,
  JWT_REFRESH_SECRET: GOOD.refresh,
  CSRF_SECRET: GOOD.csrf,
  PASSWORD_MASTER_KEY: GOOD.master,
};

export const STORY_URL = `postgresql://recon:${GOOD.password}@postgres-service:5432/reconciliation?sslmode=disable`;

type Values = Readonly<Record<string, string | Uint8Array>>;

export function aSecret(data: Values, rest: Partial<Omit<Secret, 'data'>> = {}): Secret {
  return plainSecret({
    name: 'reconciliation-secrets',
    namespace: 'recon',
    data: new Map(
      Object.entries(data).map(([key, value]) => [
        key,
        typeof value === 'string' ? Sensitive.fromText(value) : Sensitive.fromBytes(value),
      ]),
    ),
    ...rest,
  });
}

export const aCreate = (data: Values, rest?: Partial<Omit<Secret, 'data'>>, username?: string): Request => ({
  operation: 'CREATE',
  secret: aSecret(data, rest),
  old: undefined,
  username,
});

export const anUpdate = (
  before: Values,
  after: Values,
  rest?: Partial<Omit<Secret, 'data'>>,
  username?: string,
): Request => ({
  operation: 'UPDATE',
  secret: aSecret(after, rest),
  old: aSecret(before, rest),
  username,
});

export const testContext: EngineContext = {
  cpu: () => 0,
  now: () => new Date('2026-11-25T12:00:00Z'),
  random: (size) =>
    Uint8Array.from({ length: size }, (_, index) => (index * 97 + 13 + ((index * index * 31) % 255)) % 256),
  ownNamespace: 'lockstep-system',
  excludedNamespaces: new Set(),
  warnOnlyUsers: new Set(['system:serviceaccount:velero:velero']),
  maxAction: 'Enforce',
};

/** A policy from its spec; throws what is wrong with it. */
export function aPolicy(name: string, spec: unknown): Policy {
  const compiled = compilePolicy(aSecretPolicy(name, spec));
  if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems));
  return compiled.policy;
}

export const validated = (request: Request, policies: readonly Policy[] = builtins): Decision =>
  decide(request, policies, testContext);
export const validatedOnly = (request: Request, policies: readonly Policy[] = builtins): Decision =>
  validateSecret(request, policies, testContext);
export const mutated = (request: Request, policies: readonly Policy[] = builtins): Decision =>
  mutateSecret(request, policies, testContext);

/** `Enforce JWT_SECRET placeholder` */
export const findingTexts = ({ findings }: Decision): readonly string[] =>
  findings.map(({ action, key, rule }) => `${action} ${key} ${rule}`).sort();

/** The same without what is recorded only. */
export const reportedFindings = (decision: Decision): readonly string[] =>
  findingTexts(decision).filter((line) => !line.startsWith('Audit'));

export const sentences = ({ findings }: Decision): readonly string[] =>
  findings.map((finding) => `${finding.key}: ${sentenceWithoutPolicy(finding)}`);

/** The values that lockstep would write, in plain text. */
export const writtenValues = ({ changes }: Decision): Readonly<Record<string, string>> =>
  Object.fromEntries(
    changes.map(({ key, value }) => [key, Buffer.from(value.reveal(), 'base64').toString('utf8')]),
  );

export const reasons = ({ changes }: Decision): Readonly<Record<string, string>> =>
  Object.fromEntries(changes.map(({ key, reason }) => [key, reason]));

/** The request with what lockstep wrote. */
export function afterMutation(request: Request, { changes }: Decision): Request {
  const data = new Map(request.secret.data);
  for (const { key, value } of changes) data.set(key, value);
  return { ...request, secret: { ...request.secret, data } };
}
