import { pageUrl } from '../../engine/finding/docs-url.ts';
import { type Finding, fieldOf, sentence, sentenceWithoutFix } from '../../engine/finding/finding.ts';
import type { SecretData } from '../../engine/record/record.ts';
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

/** One rollback, as a person may repeat it. */
export interface RollbackTarget extends SecretRef {
  readonly to: number;
  /** The policies deny the version, or the controller would correct it. */
  readonly needsForce: boolean;
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
  const annotate = `kubectl -n ${target.namespace} annotate secret ${target.name}`;
  return [
    'no option passes lockstep. In an emergency, these commands do:',
    `  ${annotate} lockstep.dev/break-glass='roll back to version ${target.to}'`,
    `  ${rollbackCommand(target)}`,
    `  ${annotate} lockstep.dev/break-glass-`,
    `they take the right to break glass: ${pageUrl('tasks/break-glass.md')}`,
  ];
};

/** One line, or none. */
export const webhookChangeLine = (keys: readonly string[]): readonly string[] =>
  keys.length === 0 ? [] : [`a webhook makes something else of ${printable(keys.join(', '))}`];
