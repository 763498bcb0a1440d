import type { Command } from 'commander';
import type { Shell } from '../cli/shell.ts';

const HELP = `
Examples:
  lockstep explain placeholder
  lockstep explain '[lockstep/placeholder]'    as a message prints it`;

/** The command line of `lockstep explain`. Its modules load when it runs. */
export function addExplain(program: Command, shell: Shell): void {
  program
    .command('explain')
    .description('Say what a rule means, and how to fix its findings.')
    .argument('[rule]', 'id of a rule; without one they are listed')
    .addHelpText('after', HELP)
    .action(async (rule: string | undefined) => {
      const { explain } = await import('./explain.ts');
      shell.stdout.write(explain(rule));
    });
}
