import { type Command, Option } from 'commander';
import { milliseconds } from './duration.ts';
import { refuseWithout } from './ignored-options.ts';

export const connectTimeoutOption = (): Option =>
  new Option('--connect-timeout <time>', 'limit of one login').argParser(milliseconds).default(5000, '5s');

/** `--connect` of a command that logs in only on request, and its limit. */
export const addConnectOptions = (command: Command, description: string): Command =>
  refuseWithout(
    command.option('--connect', description).addOption(connectTimeoutOption()),
    ['--connect'],
    ['--connect-timeout'],
  );
