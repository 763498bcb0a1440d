import { InvalidArgumentError, Option } from 'commander';
import { FAIL_ON, type FailOn } from '../../report/failure.ts';

/** The mildest action that gives exit code 1. The names are those of policies, in any case of letters. */
export const failOnOption = (): Option =>
  new Option('--fail-on <action>', 'action that fails').choices(FAIL_ON).argParser(failOn).default('Enforce');

function failOn(text: string): FailOn {
  const action = FAIL_ON.find((one) => one.toLowerCase() === text.toLowerCase());
  if (action !== undefined) return action;
  throw new InvalidArgumentError(`Allowed choices are ${FAIL_ON.join(', ')}.`);
}
