import type { JsonSchema, Members, Section, Value } from '../helm/values/value.ts';
import { code, table } from './table.ts';

/** docs/reference/helm-values.md: each value of the chart with its default. */
export function chartPage(values: Members): string {
  const sections = Object.entries(values).flatMap(([name, member]) =>
    member.kind === 'section' && name !== 'image' ? [[name, member] as const] : [],
  );
  const common = Object.fromEntries(
    Object.entries(values).filter(([name]) => !sections.some(([other]) => other === name)),
  );
  return [
    INTRODUCTION,
    '## Common values\n',
    tableOf(common, ''),
    ...sections.flatMap(([name, { description, members }]) => [
      `## ${name}\n`,
      `${description}\n`,
      tableOf(members, `${name}.`),
    ]),
  ].join('\n');
}

const INTRODUCTION = `# Values of the Helm chart

[Install with Helm](../tasks/install.md#install-with-helm) describes the installation. The default values correspond to
\`kubectl apply -k manifests\`. The names that cert-manager's chart has too are the same here.

Labels, \`nodeSelector\` and \`logLevel\` exist for all pods and for one component. For the same label, the value of
the component counts. Tolerations of both are added. A value of \`null\` removes a default.

Helm refuses a misspelt name with the nearest valid one, or lists the valid ones. It also refuses a value outside of its
range:

\`\`\`
- at '/failurePolcy': value must be 'set as failurePolicy'
- at '/controller/history': maximum: got 21, want 20
- at '/replicaCount': value must be 'set as webhook.replicas and controller.replicas'
\`\`\`
`;

const tableOf = (members: Members, prefix: string): string =>
  table(['value', 'default', 'allowed', 'effect'], [...rowsOf(members, prefix)]);

function* rowsOf(members: Members, prefix: string): Generator<readonly string[]> {
  for (const [name, member] of Object.entries(members)) {
    if (member.kind === 'section') yield* rowsOf(withNote(member), `${prefix}${name}.`);
    else
      yield [code(`${prefix}${name}`), defaultText(member), allowedText(member.schema), member.description];
  }
}

/** The description of a group is on the line of its first value. */
function withNote({ description, members }: Section): Members {
  const [first, ...others] = Object.entries(members);
  if (first === undefined) return members;
  const [name, member] = first;
  return {
    [name]: { ...member, description: `${description} ${member.description}` },
    ...Object.fromEntries(others),
  };
}

/** A default of several lines is only in values.yaml. */
const MAX_DEFAULT = 40;

function defaultText({ default: initial }: Value): string {
  if (initial === null || initial === '') return '';
  const text = typeof initial === 'string' ? initial : JSON.stringify(initial);
  return text.length <= MAX_DEFAULT ? code(text) : '[values.yaml](../../manifests/helm/values.yaml)';
}

function allowedText({ type, enum: words, minimum, maximum, anyOf, items }: JsonSchema): string {
  if (Array.isArray(words))
    return words
      .filter((word) => word !== '')
      .map(code)
      .join(', ');
  if (anyOf !== undefined) return 'number or percentage';
  if (type === 'integer') return maximum === undefined ? `from ${minimum}` : `${minimum} to ${maximum}`;
  if (type === 'boolean') return '`true`, `false`';
  if (type === 'array') return (items as JsonSchema).type === 'string' ? 'list of texts' : 'list of objects';
  return type === 'object' ? 'object' : 'text';
}
