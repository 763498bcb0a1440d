import type { Command } from 'commander';
import { FORMATS } from '../../report/check/formats.ts';
import { addPolicyClusterOptions } from '../cli/cluster-options.ts';
import { addHelp } from '../cli/command-help.ts';
import { addConnectOptions } from '../cli/connect-options.ts';
import { failOnOption } from '../cli/fail-on.ts';
import { formatOption, reportFileOption } from '../cli/report-options.ts';
import { requirePaths, type Shell } from '../cli/shell.ts';
import { addManifestOptions, PATHS } from '../manifests/options.ts';
import type { CheckOptions } from './check.ts';

const HELP = {
  manualExamples: ['lockstep check k8s/', 'kubectl kustomize overlays/prod | lockstep check -n prod -'],
};

export function addCheck(program: Command, shell: Shell, setExitCode: (exitCode: number) => void): void {
  const command = program
    .command('check')
    .summary('Validate the Secrets in manifests as the cluster would.')
    .description(`Validate the Secrets in manifests ${PATHS} as the cluster would.`);
  addManifestOptions(command)
    .addOption(formatOption(FORMATS))
    .addOption(reportFileOption(FORMATS))
    .addOption(failOnOption())
    .option('--strict', 'fail also on faults that lockstep would correct')
    .option('--baseline <file>', 'file of accepted findings')
    .option('--write-baseline <file>', 'write that file from the findings of this run');
  addConnectOptions(command, 'try each login of PostgreSQL and Redis as well, on its server');
  addPolicyClusterOptions(command).action(
    async (paths: readonly string[], options: CheckOptions & { readonly connect?: boolean }) => {
      requirePaths(paths, 'check');
      const [files, attempts] = await Promise.all([
        import('./check-files.ts'),
        options.connect === true ? import('../login-attempts/try-login.ts') : undefined,
      ]);
      setExitCode(await files.checkFiles(paths, options, shell, attempts?.tryLogin));
    },
  );
  addHelp(command, HELP);
}
