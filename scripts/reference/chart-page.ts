import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { isMap, parseDocument, type Scalar, type YAMLMap } from 'yaml';
import { code, table } from './table.ts';

const CHART = new URL('../../manifests/helm/', import.meta.url);

const REPOSITORY_DOCS = 'https://github.com/lockstep-dev/lockstep/blob/main/docs/';

/** manifests/helm/README.md, which Artifact Hub shows too: its links do not depend on a clone. */
export const chartReadme = (): string =>
  `${INTRODUCTION}\n${valueTables()}`.replaceAll('](../../docs/', `](${REPOSITORY_DOCS}`);

/** Each value of values.yaml, its comment there, and what the schema allows. */
function valueTables(): string {
  const document = parseDocument(readFileSync(new URL('values.yaml', CHART), 'utf8'));
  const entries = entriesOf(document.contents as unknown as YAMLMap, SCHEMA);
  const sections = entries.filter(({ name, value }) => isSection(value) && name !== 'image');
  const common = entries.filter((entry) => !sections.includes(entry));
  const rows = new Map(
    sections.map(({ name, value, schema }) => [name, [...rowsOf(entriesOf(value as YAMLMap, schema))]]),
  );
  const [inBoth = [], ...others] = COMPONENTS.map((name) => rows.get(name) ?? []);
  const shared = inBoth.filter((row) => others.every((of) => of.some((one) => isDeepStrictEqual(one, row))));
  const isShared = (row: Row): boolean => shared.some((one) => isDeepStrictEqual(one, row));
  return [
    '## Common values\n',
    tableOf([...rowsOf(common)], ['']),
    ...sections.flatMap(({ name, comment }) => [
      `## ${name}\n`,
      `${comment}\n`,
      tableOf(rows.get(name)?.filter((row) => !COMPONENTS.includes(name) || !isShared(row)) ?? [], [
        `${name}.`,
      ]),
    ]),
    `## ${COMPONENTS.join(' and ')}\n`,
    'Both components have these values, each for itself.\n',
    tableOf(
      shared,
      COMPONENTS.map((name) => `${name}.`),
    ),
  ].join('\n');
}

/** The sections whose values are equal in large part. */
const COMPONENTS = ['webhook', 'controller'];

const INTRODUCTION = `# lockstep

lockstep is an admission webhook for Secrets, with a controller. It keeps the values of a Secret consistent, and refuses
a placeholder or a broken value where it is applied. It needs Kubernetes 1.30 or newer.

No image is published yet: build one first, as [Install lockstep](../../docs/tasks/install.md#before-you-begin) describes.

<!-- not run: test/cluster/install/helm.test.ts installs, upgrades, rolls back and uninstalls the chart -->
\`\`\`sh
kubectl create namespace lockstep-system
helm install lockstep manifests/helm -n lockstep-system --set image.repository=registry.example/lockstep
helm test lockstep -n lockstep-system
\`\`\`

\`helm test\` runs \`lockstep probe\` in a pod: the API server reaches the webhook, which refuses a placeholder.
\`helm upgrade\` also upgrades the CRDs, and \`helm uninstall\` keeps them. [Install with
Helm](../../docs/tasks/install.md#install-with-helm) has the steps, and the whole documentation is [here](../../docs/README.md).

The default values correspond to \`kubectl apply -k manifests\`. The names that cert-manager's chart has too are the same
here. Labels, \`nodeSelector\` and \`logLevel\` exist for all pods and for one component. For the same label, the value of
the component counts. Tolerations of both are added. A value of \`null\` removes a default.

Helm refuses an unknown name, and a value outside of its range. For some names of other charts it prints the name here:

\`\`\`
- at '': additional properties 'failurePolcy' not allowed
- at '/controller/history': maximum: got 21, want 20
- at '/replicaCount': value must be 'set as webhook.replicas and controller.replicas'
\`\`\`
`;

// biome-ignore lint/suspicious/noExplicitAny: the schema of the chart is tested in test/manifests/helm-values.test.ts.
type Schema = any;
const SCHEMA: Schema = JSON.parse(readFileSync(new URL('values.schema.json', CHART), 'utf8'));
const resolved = (schema: Schema): Schema =>
  schema.$ref === undefined ? schema : SCHEMA.definitions[schema.$ref.replace('#/definitions/', '')];

interface Entry {
  readonly name: string;
  readonly comment: string;
  readonly value: unknown;
  readonly schema: Schema;
}

/** yaml takes the comment of the first entry for one of the map, and the head of the file for one of an entry. */
const entriesOf = (map: YAMLMap, schema: Schema): readonly Entry[] =>
  map.items.map(({ key, value }, index) => {
    const { value: name, commentBefore } = key as Scalar<string>;
    const lines = commentBefore ?? (index === 0 ? map.commentBefore : undefined) ?? '';
    const comment = lines
      .slice(lines.lastIndexOf('\n\n') + 1)
      .replaceAll(/\s+/g, ' ')
      .trim();
    return { name, comment, value, schema: resolved(schema.properties[name]) };
  });

/** A section has a comment for each value; a part of a Kubernetes object has none. */
const isSection = (value: unknown): value is YAMLMap => isMap(value) && value.commentBefore != null;

/** Name, default, permitted values and effect. */
type Row = readonly [name: string, ...texts: string[]];

const tableOf = (rows: readonly Row[], prefixes: readonly string[]): string =>
  table(
    ['value', 'default', 'allowed', 'effect'],
    rows.map(([name, ...texts]) => [prefixes.map((prefix) => code(`${prefix}${name}`)).join(', '), ...texts]),
  );

/** The comment of a group is on the line of its first value. */
function* rowsOf(entries: readonly Entry[], prefix = '', note = ''): Generator<Row> {
  for (const [index, { name, comment, value, schema }] of entries.entries()) {
    const effect = index === 0 ? `${note} ${comment}`.trim() : comment;
    if (isSection(value)) yield* rowsOf(entriesOf(value, schema), `${prefix}${name}.`, effect);
    else yield [`${prefix}${name}`, defaultText(value), allowedText(schema), effect];
  }
}

/** A default of several lines is only in values.yaml. */
const MAX_DEFAULT = 40;

function defaultText(node: unknown): string {
  const initial = (node as YAMLMap).toJSON();
  if (initial === null || initial === '') return '';
  const text = typeof initial === 'string' ? initial : JSON.stringify(initial);
  return text.length <= MAX_DEFAULT ? code(text) : '[values.yaml](values.yaml)';
}

function allowedText({ type, enum: words, minimum, maximum, anyOf, items }: Schema): string {
  if (words !== undefined)
    return words
      .filter((word: string) => word !== '')
      .map(code)
      .join(', ');
  if (anyOf !== undefined) return 'number or percentage';
  if (type === 'integer') return maximum === undefined ? `from ${minimum}` : `${minimum} to ${maximum}`;
  if (type === 'boolean') return '`true`, `false`';
  if (type === 'array') return resolved(items).type === 'string' ? 'list of texts' : 'list of objects';
  return type === 'object' ? 'object' : 'text';
}
