import type { Command } from 'commander';
import { addHelp } from '../cli/command-help.ts';
import type { Shell } from '../cli/shell.ts';

const HELP = {
  examples: ['lockstep explain placeholder', "lockstep explain '[lockstep/placeholder]'"],
};

/** The command line of `lockstep explain`. Its modules load when it runs. */
export function addExplain(program: Command, shell: Shell): void {
  const command = program
    .command('explain')
    .description('Say what a rule means, and how to fix its findings.')
    .argument('[rule]', 'id of a rule; without one they are listed')
    .action(async (rule: string | undefined) => {
      const { explain } = await import('./explain.ts');
      shell.stdout.write(explain(rule));
    });
  addHelp(command, HELP);
}
