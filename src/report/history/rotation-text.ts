import type { Rotatable } from '../../engine/versions/key-rotation/rotatable.ts';
import type { DryRunStep } from '../../engine/versions/reconcile/requested-rotation.ts';
import { printable } from '../printable.ts';
import { openRequestLines } from './outcome-text.ts';

/** `JWT_SECRET_PREVIOUS changes: the next value of JWT_SECRET is published there, before anybody signs with it` */
export function rotationStepLine({ step, keys }: DryRunStep, all: readonly Rotatable[]): string {
  const changed = printable(keys.join(', '));
  switch (step) {
    case 'generated':
      return `${changed}: a value is generated, for there is none`;
    case 'healed':
      return `${changed}: derived again from the base keys, as a policy asks with heal`;
    case 'introduced':
      return `${changed}: the next value, before anybody uses it`;
    case 'switched':
      return `${changed}: the new value takes its place${keepsPrevious(keys, all) ? ', and the one before stays beside it' : ''}`;
    case 'retired': {
      const longest = Math.max(
        ...all
          .filter(({ previousKey }) => keys.includes(previousKey ?? ''))
          .map(({ gracePeriod }) => gracePeriod),
      );
      return `${changed}: the value before is removed, ${durationText(longest)} later`;
    }
  }
}

const keepsPrevious = (keys: readonly string[], all: readonly Rotatable[]): boolean =>
  all.some(({ previousKey }) => previousKey !== undefined && keys.includes(previousKey));

/**
 * The text at the end of the command. `kept` has, for each key, the name of its previous key. `secret` is `shop/app`.
 */
export function rotationOutcomeLines(
  outcome:
    | { readonly kind: 'rotated'; readonly kept: ReadonlyMap<string, string> }
    | { readonly kind: 'stopped'; readonly sentence: string; readonly isOpen?: true },
  keys: readonly Rotatable[],
  secret: string,
): readonly string[] {
  if (outcome.kind === 'stopped')
    return [`stopped: ${outcome.sentence}`, ...(outcome.isOpen === true ? openRequestLines(secret) : [])];
  const previousKeys = [...outcome.kept].map(([key, previousKey]) => {
    const gracePeriod = keys.find((one) => one.key === key)?.gracePeriod ?? 0;
    return `the value of ${printable(key)} before stays in ${printable(previousKey)} for ${durationText(gracePeriod)}`;
  });
  return ['rotated', ...previousKeys];
}

/** `24h`, `90m`, and whole days from three days on. */
function durationText(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes % 1440 === 0 && minutes >= 4320) return `${minutes / 1440}d`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}
