import { compilePolicy } from '../../src/engine/policy/compile/compile.ts';
import type { Policy } from '../../src/engine/policy/policy.ts';
import { loadPolicies } from '../../src/manifest/policies/policies.ts';
import type { Shape, WorstInput } from './input.ts';

/** Keys, a type and policies that select some rules or a parser. The search looks for the worst values for them. */
export interface Niche {
  readonly name: string;
  readonly keys: readonly string[];
  readonly others?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly isAnnotation?: boolean;
  /** As many keys as the policies name. */
  readonly maxKeys?: number;
  readonly policies: readonly Policy[];
}

const { policies: builtins } = await loadPolicies(
  [],
  { dir: new URL('../../manifests/policies/', import.meta.url).pathname, drop: [] },
  new Date(),
);

const STORY = {
  POSTGRES_USER: 'recon',
  POSTGRES_PASSWORD: 'Vq7mT2xLr9KcW4nB8sZd',
  POSTGRES_DB: 'reconciliation',
  POSTGRES_HOST: 'postgres-service',
};

const numbered = (count: number, entry: object): object => ({
  match: {},
  keys: Object.fromEntries(Array.from({ length: count }, (_, number) => [`K${number}`, entry])),
});

function policy(spec: object): Policy {
  const compiled = compilePolicy({
    apiVersion: 'lockstep.dev/v1alpha1',
    kind: 'SecretPolicy',
    metadata: { name: 'bench' },
    spec,
  });
  if ('problems' in compiled) throw new Error(compiled.problems.map(({ message }) => message).join('\n'));
  return compiled.policy;
}

const MANY = 1000;
const entryNiche = (name: string, entry: object, count = MANY): Niche => ({
  name,
  keys: ['K#'],
  maxKeys: count,
  policies: [policy(numbered(count, entry))],
});

export const niches: readonly Niche[] = [
  { name: 'password', keys: ['PASSWORD#', 'P#_PASSWORD', 'db.password-#'], policies: builtins },
  {
    name: 'token or key',
    keys: ['TOKEN_#', 'A#_TOKEN', 'API_KEY_#', 'JWT_#_SECRET', '#_CLIENT_SECRET'],
    policies: builtins,
  },
  { name: 'unnamed', keys: ['A#', 'SOME_SETTING_#', 'x.#'], policies: builtins },
  { name: 'URL', keys: ['A#_URL', 'DATABASE_URL_#', '#_DSN', 'CONNECTION_STRING_#'], policies: builtins },
  {
    name: 'URL beside its base keys',
    keys: ['A#_URL', 'DATABASE_URL_#', '#_DSN'],
    others: STORY,
    policies: builtins,
  },
  { name: 'login', keys: ['A#_USER', 'DB_USER_#', 'A#_USERNAME'], others: STORY, policies: builtins },
  { name: 'host', keys: ['A#_HOST', 'DB_HOST_#', 'A#_PORT', 'A#_DB'], others: STORY, policies: builtins },
  {
    name: 'file',
    keys: ['config#.yaml', 'a#.json', '#.env', 'application-#.properties', 'a#.xml', 'conf#.toml'],
    policies: builtins,
  },
  {
    name: 'one file',
    keys: ['config.yaml', 'a.json', '.env', 'application.properties', 'a.xml', 'id_rsa'],
    policies: builtins,
  },
  {
    name: 'one password',
    keys: ['PASSWORD', 'JWT_SECRET', 'POSTGRES_PASSWORD', 'DATABASE_URL'],
    policies: builtins,
  },
  { name: 'certificate', keys: ['tls#.crt', 'ca#.pem', 'a#.key', 'client-#.crt'], policies: builtins },
  {
    name: 'TLS Secret',
    keys: ['tls.crt', 'tls.key', 'ca.crt'],
    type: 'kubernetes.io/tls',
    policies: builtins,
  },
  {
    name: 'Docker login',
    keys: ['.dockerconfigjson'],
    type: 'kubernetes.io/dockerconfigjson',
    policies: builtins,
  },
  {
    name: 'base key of the story',
    keys: ['POSTGRES_PASSWORD', 'POSTGRES_USER', 'POSTGRES_HOST', 'POSTGRES_DB'],
    others: { DATABASE_URL: 'postgresql://a:b@c/d' },
    policies: builtins,
  },
  {
    name: 'annotation',
    keys: ['kubectl.kubernetes.io/last-applied-configuration', 'a/#', 'a'],
    others: STORY,
    isAnnotation: true,
    policies: builtins,
  },
  entryNiche('sensitive entry', { sensitive: true, required: true, minLength: 32 }),
  {
    name: 'distinct entries',
    keys: ['K#'],
    maxKeys: 500,
    policies: [
      policy({
        match: {},
        keys: {
          ...Object.fromEntries(Array.from({ length: 8 }, (_, number) => [`D${number}`, {}])),
          ...Object.fromEntries(
            Array.from({ length: 500 }, (_, number) => [
              `K${number}`,
              { sensitive: true, distinctFrom: ['D0', 'D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'D7'] },
            ]),
          ),
        },
      }),
    ],
  },
  entryNiche('format uri', { format: 'uri', schemes: ['https', 'postgresql'] }),
  entryNiche('format hostname', { format: 'hostname' }),
  entryNiche('format json', { format: 'json' }),
  entryNiche('format pem', { format: 'pem' }),
  entryNiche('format uuid', { format: 'uuid' }),
  entryNiche('format integer', { format: 'integer' }),
  entryNiche('lengths, prefix and enum', { minLength: 10, maxLength: 4096, prefix: 'ab', sensitive: true }),
  entryNiche('pattern', { pattern: '^([a-z]+[,;.]?)+$' }, 30),
  {
    name: 'derived keys',
    keys: ['K#'],
    maxKeys: 300,
    others: STORY,
    policies: [
      policy({
        match: {},
        keys: {
          ...Object.fromEntries(Object.keys(STORY).map((key) => [key, {}])),
          ...Object.fromEntries(
            Array.from({ length: 300 }, (_, number) => [
              `K${number}`,
              {
                derive: {
                  template:
                    'postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@${POSTGRES_HOST}:5432/${POSTGRES_DB}',
                },
              },
            ]),
          ),
        },
      }),
    ],
  },
];

export function nicheOf(name: string): Niche {
  const niche = niches.find((each) => each.name === name);
  if (niche === undefined) throw new Error(`there is no niche ${name}`);
  return niche;
}

export function inputOf(niche: string, { key, valueBytes, head, unit, end }: Shape): WorstInput {
  const { others, type, isAnnotation, maxKeys } = nicheOf(niche);
  return {
    key,
    valueBytes,
    head,
    unit,
    end,
    ...(others && { others }),
    ...(type !== undefined && { type }),
    ...(isAnnotation && { isAnnotation }),
    ...(maxKeys !== undefined && { maxKeys }),
  };
}
