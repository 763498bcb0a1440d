import { type Command, Option } from 'commander';
import { addSecretOptions, lockstepNamespaceOption, type SecretOptions } from '../cli/cluster-options.ts';
import { milliseconds, PROPAGATION, ROLLOUT_TIMEOUT } from '../cli/duration.ts';

/** The options of a command that changes a Secret and waits for its consumers. */
export interface SecretChangeOptions extends SecretOptions {
  /** The time in which one workload must become healthy, in milliseconds. */
  readonly timeout: number;
  readonly lockstepNamespace: string;
}

/** The options of a command that may change the password of a login. */
export interface PasswordChangeOptions extends SecretChangeOptions {
  /** The time until volumes show a changed Secret if no controller leads, in milliseconds. */
  readonly propagation: number;
}

const WORKLOAD_LIMIT = 'limit for one workload to become healthy';

export const addSecretChangeOptions = (command: Command): Command =>
  addSessionOptions(addTimeout(command, WORKLOAD_LIMIT));

export const addPasswordChangeOptions = (command: Command, timeoutHelp = WORKLOAD_LIMIT): Command =>
  addSessionOptions(
    addTimeout(command, timeoutHelp).addOption(
      new Option('--propagation <duration>', 'time for volumes to follow if no controller leads')
        .argParser(milliseconds)
        .default(PROPAGATION, '2m'),
    ),
  );

const addTimeout = (command: Command, help: string): Command =>
  command.addOption(
    new Option('--timeout <duration>', help).argParser(milliseconds).default(ROLLOUT_TIMEOUT, '10m'),
  );

const addSessionOptions = (command: Command): Command =>
  addSecretOptions(command.addOption(lockstepNamespaceOption()));
