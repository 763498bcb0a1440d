import { postgresCredentialCrd, redisCredentialCrd } from '../crd/credentials.ts';
import type { Crd } from '../crd/definition.ts';
import { secretPolicyCrd } from '../crd/secret-policy.ts';
import type { Schema } from '../crd/structural-schema.ts';
import { defaultOf, typeOf } from './schema-text.ts';
import { cell } from './table.ts';

/** docs/reference/policy.md */
export const policyPage = (): string =>
  referencePage(
    secretPolicyCrd,
    'An example is in\n[Write a policy](../tasks/write-a-policy.md). [Policies](../concepts/policies.md) states which policy decides.',
    'A policy may have at most 20,000 fields and list entries.',
  );

/** docs/reference/postgres-credential.md */
export const postgresCredentialPage = (): string =>
  referencePage(
    postgresCredentialCrd,
    'An example is in\n[Connect PostgreSQL](../tasks/connect-postgresql.md).',
  );

/** docs/reference/redis-credential.md */
export const redisCredentialPage = (): string =>
  referencePage(redisCredentialCrd, 'An example is in\n[Connect Redis](../tasks/connect-redis.md).');

/** As the schema says it. */
function referencePage(crd: Crd, about: string, ...more: readonly string[]): string {
  const { kind, plural, scope, shortName, source } = crd;
  const scoped = scope === 'Cluster' ? 'cluster-scoped' : 'namespaced';
  const head = `# ${kind}, field by field

\`apiVersion: lockstep.dev/v1alpha1\`, \`kind: ${kind}\`; ${scoped}, short name \`${shortName}\`. ${about} \`kubectl explain ${kind.toLowerCase()}.spec\` prints the same.

\`npm run docs\` writes this page and \`manifests/crds/${plural}.yaml\` from \`${source}\`.
${['Unknown fields are refused.', 'A field that has no default and is not required is absent unless you write it.', ...more].join(' ')}
`;
  return [head, ...sections(crd.spec).map(sectionText)].join('\n');
}

interface Section {
  readonly paths: readonly string[];
  readonly schema: Schema;
}

/** Each object once, under all the paths where it stands. */
function sections(spec: Schema): readonly Section[] {
  const byShape = Map.groupBy(objectsIn('spec', spec), ({ schema }) => JSON.stringify(schema.properties));
  return [...byShape.values()].map((same) => ({
    paths: same.map(({ path }) => path),
    schema: same[0]?.schema ?? {},
  }));
}

function objectsIn(
  path: string,
  schema: Schema,
): readonly { readonly path: string; readonly schema: Schema }[] {
  const nested = Object.entries(schema.properties ?? {}).flatMap(([name, of]) =>
    objectsIn(`${path}.${name}`, of),
  );
  return [
    ...(schema.properties === undefined ? [] : [{ path, schema }]),
    ...nested,
    ...(typeof schema.additionalProperties === 'object'
      ? objectsIn(`${path}.NAME`, schema.additionalProperties)
      : []),
    ...(schema.items === undefined ? [] : objectsIn(`${path}[]`, schema.items)),
  ];
}

function sectionText({
  paths,
  schema: { properties = {}, required = [], 'x-kubernetes-validations': validations = [] },
}: Section): string {
  const rows = Object.entries(properties).map(
    ([name, of]) =>
      `| \`${name}\` | ${cell(typeOf(of))} | ${cell(defaultOf(of, required.includes(name)))} | ${cell(meaningOf(of))} |`,
  );
  const rules = validations.map(
    ({ fieldPath, message }) => `- ${fieldPath === undefined ? '' : `\`${fieldPath.slice(1)}\` `}${message}`,
  );
  return [
    `## ${paths.map((path) => `\`${path}\``).join(', ')}\n`,
    '| field | type | default | meaning |',
    '|---|---|---|---|',
    ...rows,
    ...(rules.length === 0 ? [] : ['', 'The API server enforces these rules:', '', ...rules]),
    '',
  ].join('\n');
}

/** The column of the default says what an absent field means. */
const meaningOf = ({ description = '', default: initial }: Schema): string =>
  initial === undefined ? description : description.replace(/ Absent: [^.]*\.$/, '');
