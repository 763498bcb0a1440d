import type { Crd } from '../crd/definition.ts';
import { postgresCredentialCrd } from '../crd/postgres-credential.ts';
import { secretPolicyCrd } from '../crd/secret-policy.ts';
import type { Schema } from '../crd/structural-schema.ts';
import { defaultOf, typeOf } from './schema-text.ts';
import { code, table } from './table.ts';

const PAGES = { SecretPolicy: 'policy.md', PostgresCredential: 'postgres-credential.md' };

/** Each field of each custom resource, from the schema that the CRD is made of. */
export const crdSection = (): string =>
  [
    '## Custom resources\n',
    'The API group is `lockstep.dev`, the version `v1alpha1`. `[]` is an entry of a list, `NAME` the name of an entry of a map.\n',
    ...[secretPolicyCrd, postgresCredentialCrd].map(kindText),
  ].join('\n');

function kindText(crd: Crd): string {
  const page = PAGES[crd.kind as keyof typeof PAGES];
  const fields = [...fieldsOf('spec', crd.spec), ...fieldsOf('status', crd.status as Schema)];
  return [
    `### ${crd.kind}\n`,
    `Plural \`${crd.plural}\`, short name \`${crd.shortName}\`, ${crd.scope === 'Cluster' ? 'cluster-scoped' : 'namespaced'}. [The meaning of each field](${page}).\n`,
    table(['field', 'type', 'default'], fields),
    table(
      ['column', 'path', 'shown'],
      crd.columns.map(({ name, jsonPath, priority }) => [
        name,
        code(jsonPath),
        priority === 1 ? 'with `-o wide`' : 'always',
      ]),
    ),
  ].join('\n');
}

/** One row a field, an object before its fields. */
function fieldsOf(path: string, { properties = {}, required = [], ...schema }: Schema): readonly string[][] {
  const own = Object.entries(properties).flatMap(([name, field]) => [
    [code(`${path}.${name}`), typeOf(field), defaultOf(field, required.includes(name))],
    ...fieldsOf(`${path}.${name}`, field),
  ]);
  const { items, additionalProperties } = schema;
  return [
    ...own,
    ...(items === undefined ? [] : fieldsOf(`${path}[]`, items)),
    ...(typeof additionalProperties === 'object' ? fieldsOf(`${path}.NAME`, additionalProperties) : []),
  ];
}
