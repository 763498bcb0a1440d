import type { Command } from 'commander';
import { LockstepError } from '../../errors/errors.ts';
import { addPolicyClusterOptions } from '../cli/cluster-options.ts';
import { addHelp } from '../cli/command-help.ts';
import { refuseWith } from '../cli/ignored-options.ts';
import { requirePaths, type Shell } from '../cli/shell.ts';
import { addManifestOptions, PATHS } from '../manifests/options.ts';
import { STDIN } from '../manifests/source.ts';
import type { RenderOptions } from './render.ts';

const HELP = {
  notes: ['lockstep reports other faults on standard error.'],
  examples: [
    'lockstep render k8s/app.yaml | kubectl apply --server-side -f -',
    'lockstep render --in-place k8s/',
    'lockstep render --external-secret --policy shop --policy policies/',
  ],
  manualExamples: ['lockstep render --context prod --diff k8s/'],
};

/** The command line of `lockstep render`. Its modules load when it runs. */
export function addRender(program: Command, shell: Shell, setExitCode: (exitCode: number) => void): void {
  const command = program
    .command('render')
    .summary("Print manifests with lockstep's own changes applied.")
    .description(`Print manifests ${PATHS} with lockstep's own changes applied.`);
  addManifestOptions(command)
    .option('--in-place', 'change the files instead of printing them')
    .option('--diff', 'print a diff without values')
    .option('--external-secret', 'print the template of an ExternalSecret for --policy, a name or file');
  refuseWith(command, '--in-place', ['--diff']);
  refuseWith(command, '--external-secret', [
    ...['--in-place', '--diff', '--namespace', '--exclude', '--allow-references'],
  ]);
  addPolicyClusterOptions(command).action(async (paths: readonly string[], options: RenderOptions) => {
    if (options.externalSecret === true) {
      const { renderExternalSecret: renderExternal } = await import('./external-secret.ts');
      await renderExternal(paths, options, shell);
      return;
    }
    requirePaths(paths, 'render');
    if (options.inPlace === true && paths.includes(STDIN))
      throw new LockstepError('BAD_OPTION', [
        '--in-place',
        'standard input is no file that could be changed',
      ]);
    const [{ render }, { manifestSource: manifestsOf }, { readManifests }, { editSecret }] =
      await Promise.all([
        import('./render.ts'),
        import('../manifests/source.ts'),
        import('../../manifest/read/read.ts'),
        import('../../manifest/edit/edit.ts'),
      ]);
    setExitCode(
      await render(paths, options, { ...manifestsOf(shell, readManifests), edit: editSecret }, shell),
    );
  });
  addHelp(command, HELP);
}
