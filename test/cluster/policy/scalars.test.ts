import { join } from 'node:path';
import t from 'tap';
import { compilePolicyFiles } from '../../../src/manifest/policies/compile-policies.ts';
import { readPolicyFiles } from '../../../src/manifest/policies/policy-files.ts';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';

/** Scalars that YAML 1.1, YAML 1.2 and Go's library read in different ways. */
const SCALARS = [
  ...'y Y yes Yes YES n N no No NO on On ON off Off OFF'.split(' '),
  ...'true True TRUE tRUE false False FALSE ~ null Null NULL nUll'.split(' '),
  ...[
    '"Off"',
    "'Off'",
    '!!str Off',
    '"true"',
    '!!bool true',
    '!!str true',
    '"8"',
    '!!str 8',
    '!!int 8',
    '! 8',
  ],
  ...'8 08 010 0o10 0O10 0x8 0X8 0b1000 +8 8_0 1_000 _8 8e0 8.0 8. 80e-1 .8e1 8.5 1:30 0.0 -8 -0 1e400'.split(
    ' ',
  ),
  ...['2027-03-01', '2027-3-1', '2027-03-01T00:00:00Z', 'Drift', 'Always', 'drift', '|-\n      Off', ''],
  '[]',
  '{}',
] as const;

const FIELDS: Readonly<Record<string, (scalar: string) => string>> = {
  heal: (scalar) => `  heal: ${scalar}`,
  restart: (scalar) => `  restart: ${scalar}`,
  precedence: (scalar) => `  precedence: ${scalar}`,
  required: (scalar) => `  keys:\n    A: { required: ${scalar} }`,
  minLength: (scalar) => `  keys:\n    A: { minLength: ${scalar} }`,
  default: (scalar) => `  keys:\n    A: { default: ${scalar} }`,
  prefix: (scalar) => `  keys:\n    A: { prefix: ${scalar} }`,
  until: (scalar) =>
    `  keys: { A: {} }\n  exceptions:\n    - { namespace: a, name: a, keys: [A], reason: r, until: ${scalar} }`,
  key: (scalar) => `  keys:\n    ${scalar}: {}\n    B: { distinctFrom: ["true"] }`,
  name: (scalar) => `  keys:\n    A: {}\n    B: { aliases: [${scalar}] }`,
};

interface Case {
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

const cases: readonly Case[] = Object.entries(FIELDS).flatMap(([field, specOf]) =>
  SCALARS.filter((scalar) => !scalar.includes('\n') || field === 'heal')
    // A document that YAML can't read ends the list for kubectl.
    .filter((scalar) => !(field === 'key' && /^(?:$|~|null|Null|NULL|\[|\{)/.test(scalar)))
    .map((scalar, index) => {
      const name = `${field.toLowerCase()}-${index}`;
      const head = 'apiVersion: lockstep.dev/v1alpha1\nkind: SecretPolicy\n';
      return {
        name,
        title: `${field}: ${scalar}`,
        text: `${head}metadata: { name: ${name} }\nspec:\n${specOf(scalar)}\n`,
      };
    }),
);

const { cluster } = await aClusterWithLockstep(t);

t.test('a policy file is valid for lockstep exactly if the API server admits it', async (t) => {
  const dir = t.testdir(Object.fromEntries(cases.map(({ name, text }) => [`${name}.yaml`, text])));
  const { stdout, stderr } = await cluster.kubectl(['create', '--dry-run=server', '-f', dir]);
  const admitted = new Set(
    [...stdout.matchAll(/^secretpolicy\.lockstep\.dev\/(\S+) created/gm)].map(([, name]) => name),
  );
  t.ok(admitted.size > 100 && admitted.size < cases.length - 100, `${admitted.size} of ${cases.length}`);
  for (const { name, title } of cases) {
    const faults = faultsOf(join(dir, `${name}.yaml`));
    const ofServer = stderr.split('\n').find((line) => line.includes(`"${name}"`)) ?? '';
    t.equal(faults === undefined, admitted.has(name), `${title}: ${faults ?? 'valid'}; ${ofServer}`);
  }
});

function faultsOf(path: string): string | undefined {
  try {
    compilePolicyFiles(readPolicyFiles([path]));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
