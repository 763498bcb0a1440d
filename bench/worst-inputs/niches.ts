import { compilePolicy } from '../../src/engine/policy/compile/compile.ts';
import type { Policy } from '../../src/engine/policy/policy.ts';
import { loadPolicies } from '../../src/manifest/policies/policies.ts';
import type { Shape, WorstInput } from './input.ts';

/** The rest of a Secret, and its policies: they select some rules or a parser. */
export interface Niche {
  readonly name: string;
  readonly others?: Readonly<Record<string, string>>;
  readonly type?: string;
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
const entryNiche = (name: string, entry: object): Niche => ({
  name,

  maxKeys: MANY,
  policies: [policy(numbered(MANY, entry))],
});

const niches: readonly Niche[] = [
  { name: 'password', policies: builtins },
  {
    name: 'token or key',
    policies: builtins,
  },
  { name: 'unnamed', policies: builtins },
  { name: 'URL', policies: builtins },
  {
    name: 'URL beside its base keys',
    others: STORY,
    policies: builtins,
  },
  { name: 'login', others: STORY, policies: builtins },
  { name: 'host', others: STORY, policies: builtins },
  {
    name: 'file',
    policies: builtins,
  },
  {
    name: 'one file',
    policies: builtins,
  },
  {
    name: 'one password',
    policies: builtins,
  },
  { name: 'certificate', policies: builtins },
  {
    name: 'TLS Secret',
    type: 'kubernetes.io/tls',
    policies: builtins,
  },
  {
    name: 'Docker login',
    type: 'kubernetes.io/dockerconfigjson',
    policies: builtins,
  },
  entryNiche('format json', { format: 'json' }),
  entryNiche('format pem', { format: 'pem' }),
];

export function nicheOf(name: string): Niche {
  const niche = niches.find((each) => each.name === name);
  if (niche === undefined) throw new Error(`there is no niche ${name}`);
  return niche;
}

export function inputOf(niche: string, { key, valueBytes, head, unit, end }: Shape): WorstInput {
  const { others, type, maxKeys } = nicheOf(niche);
  return {
    key,
    valueBytes,
    head,
    unit,
    end,
    ...(others && { others }),
    ...(type !== undefined && { type }),
    ...(maxKeys !== undefined && { maxKeys }),
  };
}
