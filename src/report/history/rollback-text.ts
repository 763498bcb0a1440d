import { pageUrl } from '../../engine/finding/docs-url.ts';
import { type Finding, fieldOf, sentence, sentenceWithoutFix } from '../../engine/finding/finding.ts';
import type { SecretData } from '../../engine/record/record.ts';
import type { CreationWrite } from '../../engine/rollback/deleted-secret.ts';
import type { RollbackWrite } from '../../engine/rollback/plan.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { printable } from '../printable.ts';

/** `changes A, B; adds C; removes D`. `before` is the data of the Secret. */
export function changesText(
  { set, remove }: Pick<RollbackWrite, 'set' | 'remove'>,
  before: SecretData,
): string {
  const keys = [...set.keys()].sort();
  const parts = [
    ['changes', keys.filter((key) => before.has(key))],
    ['adds', keys.filter((key) => !before.has(key))],
    ['removes', remove],
  ] as const;
  return parts
    .filter(([, names]) => names.length > 0)
    .map(([what, some]) => `${what} ${printable(some.join(', '))}`)
    .join('; ');
}

/** Denials and warnings in the style of kubectl. `withFix` adds the change that a person makes in the Secret. */
export const findingLines = (
  findings: readonly Finding[],
  { withFix }: { readonly withFix: boolean },
): readonly string[] =>
  findings
    .filter(({ action }) => action !== 'Audit')
    .map((finding) =>
      printable(
        `${finding.action === 'Enforce' ? '*' : 'Warning:'} ${fieldOf(finding)}: ${withFix ? sentence(finding) : sentenceWithoutFix(finding)}`,
      ),
    );

/** Completes "is …" and "would be …". Names only. */
export function creationText(
  { secret: { data, type, labels, annotations }, hasFrame }: Pick<CreationWrite, 'secret' | 'hasFrame'>,
  to: number,
): string {
  const keys = printable([...data.keys()].sort().join(', '));
  const frame = hasFrame
    ? `with type ${printable(type)}, ${counted(labels.size, 'label')} and ${counted(annotations.size, 'annotation')}`
    : 'as Opaque, because its record has no type, labels or annotations';
  return `created again from version ${to} (${keys}), ${frame}`;
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** One rollback, as a person may repeat it. */
export interface RollbackTarget extends SecretRef {
  readonly to: number;
  /** The policies deny the version, or the controller would correct it. */
  readonly needsForce: boolean;
  /** If the Secret was deleted: its type, and the name of its record. */
  readonly deleted?: { readonly type: string; readonly record: string };
}

const rollbackCommand = ({ namespace, name, to, needsForce }: RollbackTarget): string =>
  `lockstep rollback ${namespace}/${name} --to ${to}${needsForce ? ' --force' : ''}`;

/** Reasons for which a rollback writes nothing, and the way that works. */
export const rollbackRefusalLines = {
  /** Everything but this command would store the version. */
  unforced: (target: RollbackTarget, isDenied: boolean, healed: readonly string[]): readonly string[] => [
    isDenied
      ? `policies deny what version ${target.to} was`
      : `the controller would correct ${printable(healed.join(', '))} in it, as the policies say`,
    `this command stores it nevertheless: ${rollbackCommand({ ...target, needsForce: true })}`,
  ],
  /** A right, a quota or another webhook. */
  denied: (reason: string): readonly string[] => [reason],
  /** `reason` is undefined if the findings of the plan give it. Their fixes fit a manifest, and no rollback. */
  deniedByLockstep: (reason: string | undefined, target: RollbackTarget): readonly string[] => [
    reason ?? `lockstep's webhook denies what version ${target.to} was`,
    ...breakGlassLines(target),
  ],
  corrected: (keys: readonly string[], target: RollbackTarget): readonly string[] => [
    `lockstep's webhook would correct ${printable(keys.join(', '))} in it, as the policies say`,
    ...breakGlassLines(target),
  ],
};

/** The commands that store a version which lockstep's webhook denies. */
const breakGlassLines = (target: RollbackTarget): readonly string[] => {
  const { namespace, name, to, deleted } = target;
  const annotate = `kubectl -n ${namespace} annotate secret ${name}`;
  const store =
    deleted === undefined
      ? [`${annotate} lockstep.dev/break-glass='roll back to version ${to}'`, rollbackCommand(target)]
      : [creationCommand({ namespace, name, to, ...deleted })];
  return [
    'no option passes lockstep. In an emergency, these commands do:',
    ...[...store, `${annotate} lockstep.dev/break-glass-`].map((command) => `  ${command}`),
    ...(deleted === undefined ? [] : ['they create it without its labels and other annotations']),
    `they take the right to break glass: ${pageUrl('tasks/break-glass.md')}`,
  ];
};

/** Creates the Secret from the values in its record. They only pass through a pipe. */
function creationCommand({
  namespace,
  name,
  to,
  type,
  record,
}: SecretRef & NonNullable<RollbackTarget['deleted']> & Pick<RollbackTarget, 'to'>): string {
  const annotations = { 'lockstep.dev/break-glass': `create version ${to} again` };
  // Another user may have chosen the type, and this is a command for a shell.
  const safeType = /^[\w./-]+$/.test(type) ? { type } : {};
  const object = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, annotations },
    ...safeType,
  };
  const prefix = `${JSON.stringify(object).slice(0, -1)},"data":`;
  const read = `kubectl -n ${namespace} get secret ${record} -o jsonpath='{.data.version-${to}}'`;
  return `${read} | base64 -d | gunzip | sed 's|.*|${prefix}&}|' | kubectl create -f -`;
}

/** One line, or none. */
export const webhookChangeLine = (keys: readonly string[]): readonly string[] =>
  keys.length === 0 ? [] : [`a webhook makes something else of ${printable(keys.join(', '))}`];
