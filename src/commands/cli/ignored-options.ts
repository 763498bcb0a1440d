import type { Command } from 'commander';
import { LockstepError } from '../../errors/errors.ts';

/** Refuses these options next to `other`, with which they would have no effect. */
export const refuseWith = (command: Command, other: string, options: readonly string[]): Command =>
  refuseGiven(command, options, () =>
    isGiven(command, other) ? `it does not go together with ${other}` : undefined,
  );

/** Refuses these options without one of the others, without which they would have no effect. */
export const refuseWithout = (
  command: Command,
  others: readonly string[],
  options: readonly string[],
): Command =>
  refuseGiven(command, options, () =>
    others.some((other) => isGiven(command, other))
      ? undefined
      : `it has no effect without ${others.join(' or ')}`,
  );

/** Refuses the first of these options on the command line, if there is a reason. */
export const refuseGiven = (
  command: Command,
  options: readonly string[],
  reasonToRefuse: () => string | undefined,
): Command =>
  command.hook('preAction', () => {
    const given = options.find((option) => isGiven(command, option));
    const reason = given && reasonToRefuse();
    if (given !== undefined && reason !== undefined) throw new LockstepError('BAD_OPTION', [given, reason]);
  });

/** A default is not given. */
const isGiven = (command: Command, long: string): boolean =>
  command.options.some(
    (option) => option.long === long && command.getOptionValueSource(option.attributeName()) === 'cli',
  );
