import type { CommandName, ExitCode } from '../../../src/commands/cli/exit-codes.ts';

/** The exit codes that only a command with a cluster reaches. */
export const CODES_OF_A_CLUSTER: Readonly<Partial<Record<CommandName, readonly ExitCode[]>>> = {
  audit: [0, 1],
  doctor: [0, 1],
  connect: [0, 1],
  'find-value': [0, 1],
  uses: [0],
  history: [0],
  heal: [0, 1],
  rollback: [0, 1],
  rotate: [0, 1, 2],
  probe: [0, 1],
  serve: [0],
  controller: [0],
};
