import { type Command, Option } from 'commander';
import {
  addAllNamespaces,
  addClusterOptions,
  lockstepNamespaceOption,
  namespaceOption,
} from '../cli/cluster-options.ts';
import { addHelp } from '../cli/command-help.ts';
import { addOutputOption } from '../cli/report-options.ts';
import type { Shell } from '../cli/shell.ts';
import type { FindValueOptions } from './find-value.ts';
import type { RotateSecret } from './rotate-found.ts';

const HELP = {
  notes: ['The value comes from standard input or a terminal, never from an argument. No output holds it.'],
  examples: [
    'lockstep find-value < leaked.txt',
    'trufflehog git file://. --json | lockstep find-value --report - -o json',
  ],
  manualExamples: [
    'gitleaks dir . --report-path leaks.json; lockstep find-value --report leaks.json --rotate',
  ],
};

/** The command line of `lockstep find-value`. Its modules load when it runs. */
export function addFindValue(
  program: Command,
  shell: Shell,
  setExitCode: (exitCode: number) => void,
  rotate: () => Promise<RotateSecret>,
): void {
  const command = program
    .command('find-value')
    .summary('After a leak: find a value in a cluster, and say how to change it.')
    .description(
      'Find a leaked value in Secrets, their records, ConfigMaps and workloads, in the usual encodings.',
    )
    .addOption(namespaceOption('only this namespace (default: all)'));
  addAllNamespaces(command)
    .option(
      '--report <file>',
      'the values of a report of gitleaks (JSON, SARIF) or TruffleHog (--json); - for standard input',
    )
    .option('--rotate', 'rotate what lockstep can rotate, after a question')
    .addOption(new Option('--yes', 'do not ask').implies({ rotate: true }))
    .addOption(lockstepNamespaceOption());
  addOutputOption(command, ['json']);
  addClusterOptions(command).action(async (options: FindValueOptions) => {
    const { findValue } = await import('./find-value.ts');
    setExitCode(await findValue(options, shell, rotate));
  });
  addHelp(command, HELP);
}
