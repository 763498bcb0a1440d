import { type Command, Option } from 'commander';
import type { SecretPlace } from '../kube/stored-secrets.ts';
import { milliseconds } from './duration.ts';
import type { RotateOptions } from './rotate.ts';
import { secretPlace } from './secret-place.ts';
import type { Shell } from './shell.ts';

/** As the controller waits, unless it is told otherwise: rotation.ts says why so long. Milliseconds. */
const PROPAGATION = 120_000;

const HELP = `
Exit code: 0 rotated, 1 stopped in the middle, 2 could not begin.
Examples:
  lockstep rotate shop/app --dry-run
  lockstep rotate shop/app --key JWT_SECRET --key CSRF_SECRET`;

/** The command line of `lockstep rotate`; what it needs is loaded when it runs. */
export function addRotate(program: Command, shell: Shell, endWith: (exitCode: number) => void): void {
  program
    .command('rotate')
    .summary('Give generated keys of a Secret new values now.')
    .description('Give generated keys of a Secret new values now, and restart who reads them.')
    .argument('<namespace/name>', 'the Secret', secretPlace)
    .addOption(
      new Option('--key <key>', 'may be repeated (default: each that a policy rotates)').argParser(
        (key: string, before: readonly string[] = []) => [...before, key],
      ),
    )
    .option('--dry-run', 'say what would change and who would restart; write nothing')
    .addOption(
      new Option('--timeout <duration>', 'what one workload may take to become healthy')
        .argParser(milliseconds)
        .default(600_000, '10m'),
    )
    .addOption(
      new Option('--propagation <duration>', 'what volumes take to follow, where no controller leads')
        .argParser(milliseconds)
        .default(PROPAGATION, '2m'),
    )
    .option('--lockstep-namespace <name>', 'namespace that lockstep runs in', 'lockstep-system')
    .option('--kubeconfig <file>', 'the cluster (default: as kubectl finds it)')
    .option('--context <name>', 'a context of the kubeconfig (default: its current one)')
    .addHelpText('after', HELP)
    .action(async (place: SecretPlace, options: RotateOptions) => {
      const { rotate } = await import('./rotate.ts');
      endWith(await rotate(place, options, shell));
    });
}
