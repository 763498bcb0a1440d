import process from 'node:process';
import { cliContext } from '../../src/commands/cli/cli-context.ts';
import { mutateSecret, validateSecret } from '../../src/engine/decide/decide.ts';
import { compilePolicy } from '../../src/engine/policy/compile/compile.ts';
import type { Policies } from '../../src/engine/policy/match.ts';
import type { Policy } from '../../src/engine/policy/policy.ts';
import { policySet } from '../../src/engine/policy/set.ts';
import type { Request, Secret } from '../../src/engine/secret/secret.ts';
import { Sensitive } from '../../src/engine/secret/sensitive.ts';
import { loadPolicies } from '../../src/manifest/policies/policies.ts';
import { measureInTurn, medianOf, medianRatio } from '../interleaved.ts';
import { type Row, ratioOfAtMost } from '../table.ts';

/*
 * The cost of a thousand policies for a decision about a Secret that none of them selects. The built-in policies alone,
 * and with the thousand, alternate.
 */
const MANY = 1000;
const DECISIONS = 500;
const ROUNDS = 25;
const AIM = 1.05;

const MATCHES: Readonly<Record<string, (n: number) => object>> = {
  names: (n) => ({ names: [`service-${n}-secrets`] }),
  'names of a team': (n) => ({ names: ['app-secrets'], namespaces: [`team-${n}`] }),
  'beginnings of names': (n) => ({ names: [`service-${n}-*`] }),
  'ends of namespaces': (n) => ({ namespaces: [`*-team-${n}`] }),
  keys: (n) => ({ hasAnyKey: [`SERVICE_${n}_TOKEN`, `SERVICE_${n}_KEY`] }),
  labels: (n) => ({ labelSelector: { matchLabels: { app: `service-${n}` } } }),
  'labels of namespaces': (n) => ({ namespaceSelector: { matchLabels: { team: `team-${n}` } } }),
};

const KEYS = {
  DATABASE_URL: {
    required: true,
    derive: { template: 'postgresql://${DB_USER}:${DB_PASSWORD}@${DB_HOST:-postgres}:5432/${DB_NAME:-app}' },
  },
  DB_USER: { required: true },
  DB_PASSWORD: { required: true, sensitive: true, minLength: 15, aliases: ['DATABASE_PASSWORD'] },
  JWT_SECRET: { sensitive: true, minLength: 32, generate: { bytes: 48 } },
  REDIS_URL: { format: 'uri', schemes: ['redis', 'rediss'] },
};

const KEYS_OF_SHOP = [
  'FEATURES',
  'LOG_LEVEL',
  'SMTP_HOST',
  'SMTP_PORT',
  'SMTP_FROM',
  'API_BASE',
  'API_TOKEN',
  'TZ',
];

/** The worst of the ways in which a policy selects Secrets. It is measured again: one of seven is high by chance. */
export async function* manyPolicyRows(): AsyncGenerator<Row> {
  const builtins = await loadBuiltins();
  const measured: (readonly [name: string, row: Row])[] = [];
  for (const name of Object.keys(MATCHES)) measured.push([name, await policyRow(name, builtins)]);
  const [[worst]] = measured.toSorted(([, a], [, b]) => (b.ratio ?? 0) - (a.ratio ?? 0)) as [[string, Row]];
  yield await policyRow(worst, builtins, 2 * ROUNDS);
}

/** One row for each way in which a policy selects Secrets. */
export async function* policyRows(): AsyncGenerator<Row> {
  const builtins = await loadBuiltins();
  for (const name of Object.keys(MATCHES)) yield await policyRow(name, builtins);
}

async function loadBuiltins(): Promise<readonly Policy[]> {
  const dir = new URL('../../manifests/policies/', import.meta.url).pathname;
  return (await loadPolicies([], { dir, drop: [] }, new Date())).policies;
}

async function policyRow(name: string, builtins: readonly Policy[], roundCount = ROUNDS): Promise<Row> {
  const many = Array.from({ length: MANY }, (_, n) => compiled(n, MATCHES[name]!(n)));
  const [few, all] = [policySet(builtins), policySet([...builtins, ...many])];
  const sides = {
    few: () => microsecondsEach(freshRequests(), few),
    all: () => microsecondsEach(freshRequests(), all),
  };
  await measureInTurn(2, sides);
  const rounds = await measureInTurn(roundCount, sides);
  return {
    work: `1,000 policies more, by ${name}`,
    lockstep: medianOf(rounds, 'all'),
    ratio: medianRatio(rounds, 'all', 'few'),
    aim: ratioOfAtMost(AIM),
  };
}

function compiled(n: number, match: object): Policy {
  const found = compilePolicy({
    apiVersion: 'lockstep.dev/v1alpha1',
    kind: 'SecretPolicy',
    metadata: { name: `policy-${n}` },
    spec: { match, keys: KEYS },
  });
  if ('problems' in found) throw new Error(found.problems.map(({ message }) => message).join('\n'));
  return found.policy;
}

/** CPU of both webhooks' decisions, as every write of a Secret costs. */
function microsecondsEach(requests: readonly Request[], policies: Policies): number {
  const around = cliContext({ cpu: () => process.threadCpuUsage().user / 1000 });
  const before = process.cpuUsage();
  for (const request of requests) {
    mutateSecret(request, policies, around);
    validateSecret(request, policies, around);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests.length;
}

/** Each with values of its own, of which nothing is remembered. */
function freshRequests(): readonly Request[] {
  return Array.from({ length: DECISIONS }, aRequest);
}

function aRequest(): Request {
  const namespaceLabels = new Map([
    ['kubernetes.io/metadata.name', 'shop'],
    ['team', 'shop'],
    ['pod-security.kubernetes.io/enforce', 'restricted'],
  ]);
  return { operation: 'CREATE', secret: aSecret(), old: undefined, username: 'jane', namespaceLabels };
}

function aSecret(): Secret {
  return {
    name: 'shop-backend-secrets',
    generateName: '',
    namespace: 'shop',
    type: 'Opaque',
    labels: new Map([
      ['app', 'shop'],
      ['app.kubernetes.io/managed-by', 'Helm'],
    ]),
    annotations: new Map(),
    controller: undefined,
    immutable: false,
    deleting: false,
    data: new Map(KEYS_OF_SHOP.map((key) => [key, Sensitive.fromText(`some ${key} of the shop`)])),
  };
}
