import { pageUrl } from '../../engine/secret/finding/docs-url.ts';
import { type Finding, fieldOf, sentence, sentenceWithoutFix } from '../../engine/secret/finding/finding.ts';
import type { SecretData } from '../../engine/secret/record/record.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import type { CreationWrite } from '../../engine/versions/rollback/deleted-secret.ts';
import type { RollbackWrite } from '../../engine/versions/rollback/plan.ts';
import { printable } from '../printable.ts';
import { plural } from '../wording.ts';

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
    ? `with type ${printable(type)}, ${plural(labels.size, 'label')} and ${plural(annotations.size, 'annotation')}`
    : 'as Opaque, because its record has no type, labels or annotations';
  return `created again from version ${to} (${keys}), ${frame}`;
}

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

interface RefusalFacts {
  readonly target: RollbackTarget;
  /** The policies deny the version. */
  readonly isDenied: boolean;
  /** The keys that the controller, and the webhook, would correct. */
  readonly byController: readonly string[];
  readonly byWebhook: readonly string[];
  readonly force: boolean;
}

/**
 * The reasons for which a rollback writes nothing, and the way that works. `answer` is that of the API server to a dry
 * run: its refusal, or the keys that it would store with another value.
 */
export function refusalLines(
  answer: { readonly reason: string; readonly byLockstep: boolean } | { readonly except: readonly string[] },
  { target, isDenied, byController, byWebhook, force }: RefusalFacts,
): readonly string[] {
  if ('reason' in answer) {
    // A right, a quota or another webhook.
    if (!answer.byLockstep) return [answer.reason];
    // The findings of the plan give the reason of a denial. Their fixes fit a manifest, and no rollback.
    const reason = isDenied ? `lockstep's webhook denies what version ${target.to} was` : answer.reason;
    return [reason, ...breakGlassLines(target)];
  }
  const corrected = answer.except.filter((key) => byWebhook.includes(key));
  if (corrected.length > 0)
    return [
      `lockstep's webhook would correct ${printable(corrected.join(', '))} in it, as the policies say`,
      ...breakGlassLines(target),
    ];
  if (!target.needsForce || force) return [];
  // Everything but this command would store the version.
  return [
    isDenied
      ? `policies deny what version ${target.to} was`
      : `the controller would correct ${printable(byController.join(', '))} in it, as the policies say`,
    `this command stores it nevertheless: ${rollbackCommand({ ...target, needsForce: true })}`,
  ];
}

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
