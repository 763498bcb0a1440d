import type { Command } from 'commander';
import { CONTROLLER_OPTIONS, controllerConfig } from '../../config/config.ts';
import { addHelp } from '../cli/command-help.ts';
import type { Shell } from '../cli/shell.ts';
import { addPodOptions, explicitFlags } from '../pod/pod-options.ts';

/** Its modules load when it runs. */
export function addController(program: Command, shell: Shell): void {
  const command = program
    .command('controller')
    .summary('Heal, rotate and roll out stored Secrets.')
    .description('Validate and heal stored Secrets, rotate keys, and restart consumers.');
  addPodOptions(command, CONTROLLER_OPTIONS);
  command.action(async () => {
    const { controller } = await import('./controller.ts');
    await controller(controllerConfig(explicitFlags(command), shell.env), shell);
  });
  addHelp(command);
}
