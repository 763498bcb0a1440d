import { type Command, Option } from 'commander';
import { addSecretOptions, lockstepNamespaceOption, type SecretOptions } from '../cli/cluster-options.ts';
import { milliseconds, ROLLOUT_TIMEOUT } from '../cli/duration.ts';

/** The options of a command that changes a Secret and waits for its consumers. */
export interface SecretChangeOptions extends SecretOptions {
  /** The time in which one workload must become healthy, in milliseconds. */
  readonly timeout: number;
  readonly lockstepNamespace: string;
}

const WORKLOAD_LIMIT = 'limit for one workload to become healthy';

export const addSecretChangeOptions = (command: Command, timeoutHelp = WORKLOAD_LIMIT): Command =>
  addSecretOptions(
    command
      .addOption(
        new Option('--timeout <duration>', timeoutHelp)
          .argParser(milliseconds)
          .default(ROLLOUT_TIMEOUT, '10m'),
      )
      .addOption(lockstepNamespaceOption()),
  );
