import { type Command, Option } from 'commander';
import { FORMATS } from '../../report/check/formats.ts';
import { milliseconds } from '../cli/duration.ts';
import { formatOption, reportFileOption } from '../cli/report-options.ts';
import { requirePaths, type Shell } from '../cli/shell.ts';
import { addManifestOptions } from '../manifests/options.ts';
import type { CheckOptions } from './check.ts';

const HELP = `
Exit code: 0 clean, 1 something would be refused, 2 something could not be read or tried. Examples:
  lockstep check k8s/
  kubectl kustomize overlays/prod | lockstep check -n prod -`;

/** The command line of `lockstep check`. Its modules load when it runs. */
export function addCheck(program: Command, shell: Shell, setExitCode: (exitCode: number) => void): void {
  const command = program
    .command('check')
    .description('Validate the Secrets in manifests as the cluster would.');
  addManifestOptions(command)
    .addOption(formatOption(FORMATS))
    .addOption(reportFileOption(FORMATS))
    .option('--strict', 'fail also on faults that lockstep would correct')
    .option('--connect', 'try each PostgreSQL login as well, on the server that it names')
    .addOption(
      new Option('--connect-timeout <time>', 'limit of one login')
        .argParser(milliseconds)
        .default(5000, '5s'),
    )
    .addHelpText('after', HELP)
    .action(async (paths: readonly string[], options: CheckOptions & { readonly connect?: boolean }) => {
      requirePaths(paths, 'check');
      const [{ check }, { manifestSource: manifestsOf }, { readManifests }, postgres] = await Promise.all([
        import('./check.ts'),
        import('../manifests/source.ts'),
        import('../../manifest/read/read.ts'),
        options.connect === true ? import('../../postgres/protocol/login.ts') : undefined,
      ]);
      const { read } = manifestsOf(shell, readManifests);
      setExitCode(await check(paths, options, read, shell, postgres?.tryLogin));
    });
}
