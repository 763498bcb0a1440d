import type { Command } from 'commander';
import { CONTROLLER_OPTIONS, controllerConfig } from '../../config.ts';
import type { Shell } from '../cli/shell.ts';
import { addPodOptions, explicitFlags } from '../pod/pod-options.ts';

/** Its modules load when it runs. */
export function addController(program: Command, shell: Shell): void {
  const command = program
    .command('controller')
    .summary('Heal, rotate and roll out what is in the cluster already.')
    .description('Judge and heal what is in the cluster already; rotate, and restart who reads it.');
  addPodOptions(command, CONTROLLER_OPTIONS);
  command.action(async () => {
    const { controller } = await import('./controller.ts');
    await controller(controllerConfig(explicitFlags(command), shell.env), shell);
  });
}
