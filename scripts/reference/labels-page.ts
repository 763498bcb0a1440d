import {
  ANNOTATIONS,
  FIELD_MANAGER,
  FINALIZERS,
  LABELS,
  SECRET_TYPES,
} from '../../src/engine/secret/kubernetes/kubernetes-names.ts';
import { code, table } from './table.ts';

const HEAD = `# Labels and annotations

This page lists every label, annotation, finalizer, field manager and type that lockstep reads or writes on objects of a cluster.
\`npm run docs\` writes the page from the code, and a test finds a name that is missing here.
`;

const BREAK_GLASS = `A user sets \`lockstep.dev/break-glass\` only in an emergency: [Use break-glass](../tasks/break-glass.md).
`;

const AUDIT = `The API server adds \`validate.lockstep.dev/…\` and \`mutate.lockstep.dev/…\` to the event of a write in its audit log:
[the audit trail](../operate/audit-trail.md#annotations-of-lockstep).
`;

const fieldManager =
  (): string => `All writes of lockstep have the field manager ${code(FIELD_MANAGER)}: those of its pods and of its commands. It gives the
fields of your Secrets back after each write: [helm](../tasks/helm.md). \`lockstep history\` tells the
controller (\`lockstep-controller\`) and a command (\`lockstep\`) apart.
`;

/** docs/reference/labels-and-annotations.md */
export const labelsPage = (): string =>
  [
    HEAD,
    '## Annotations that you set\n',
    namesTable('annotation', setBy('you', ANNOTATIONS)),
    BREAK_GLASS,
    '## Annotations that lockstep sets\n',
    namesTable('annotation', setBy('lockstep', ANNOTATIONS)),
    '## Labels that lockstep sets\n',
    namesTable('label', LABELS),
    '## Finalizers\n',
    namesTable('finalizer', FINALIZERS),
    '## Types of Secrets\n',
    namesTable('type', SECRET_TYPES),
    '## Field manager\n',
    fieldManager(),
    '## Annotations of the audit log\n',
    AUDIT,
  ].join('\n');

interface NameText {
  readonly on: string;
  readonly setBy: string;
  readonly meaning: string;
}

type Names = Readonly<Record<string, NameText>>;

const setBy = (who: 'you' | 'lockstep', names: Names): Names =>
  Object.fromEntries(Object.entries(names).filter(([, name]) => name.setBy === who));

const namesTable = (head: string, names: Names): string =>
  table(
    [head, 'on', 'meaning'],
    Object.entries(names).map(([name, { on, meaning }]) => [code(name), on, meaning]),
  );
