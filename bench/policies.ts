import process from 'node:process';
import { cliContext } from '../src/commands/cli/cli-context.ts';
import { mutateSecret, validateSecret } from '../src/engine/decide/decide.ts';
import { compilePolicy } from '../src/engine/policy/compile/compile.ts';
import type { Policies } from '../src/engine/policy/match.ts';
import type { Policy } from '../src/engine/policy/policy.ts';
import { policySet } from '../src/engine/policy/set.ts';
import type { Request, Secret } from '../src/engine/secret/secret.ts';
import { Sensitive } from '../src/engine/secret/sensitive.ts';
import { loadPolicies } from '../src/manifest/policies/policies.ts';

/**
 * What a thousand policies cost a decision about a Secret that none of them means: the built-in policies alone and with
 * the thousand take turns in one run.
 */
const MANY = 1000;
const DECISIONS = 2000;
const ROUNDS = 31;

const { policies: builtins } = await loadPolicies(
  [],
  { dir: new URL('../manifests/policies/', import.meta.url).pathname, drop: [] },
  new Date(),
);

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

print(['a thousand by', 'compile ms', 'index ms', 'built-in µs', 'with them µs', 'ratio', 'target']);
for (const [name, match] of Object.entries(MATCHES)) print(row(name, match));

function row(name: string, match: (n: number) => object): readonly string[] {
  const [many, compiling] = timed(() => Array.from({ length: MANY }, (_, n) => compiled(n, match(n))));
  const few = policySet(builtins);
  const [all, indexing] = timed(() => policySet([...builtins, ...many]));
  const rounds: { readonly few: number; readonly all: number }[] = [];
  for (const set of [few, all]) microsecondsEach(freshRequests(), set);
  while (rounds.length < ROUNDS) {
    // Who goes first changes, so that neither always runs in the other's wake.
    const early = rounds.length % 2 === 1 ? microsecondsEach(freshRequests(), all) : undefined;
    const alone = microsecondsEach(freshRequests(), few);
    rounds.push({ few: alone, all: early ?? microsecondsEach(freshRequests(), all) });
  }
  return [
    name,
    compiling.toFixed(0),
    indexing.toFixed(1),
    median(rounds.map((round) => round.few)).toFixed(2),
    median(rounds.map((round) => round.all)).toFixed(2),
    median(rounds.map((round) => round.all / round.few)).toFixed(3),
    '1.1',
  ];
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

function timed<Result>(run: () => Result): readonly [Result, number] {
  const begin = performance.now();
  const result = run();
  return [result, performance.now() - begin];
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

function print([first = '', ...others]: readonly string[]): void {
  process.stdout.write(`${first.padEnd(24)}${others.map((cell) => cell.padStart(13)).join('')}\n`);
}
