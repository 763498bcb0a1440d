import { Argument, type Command } from 'commander';
import { addHelp } from '../cli/command-help.ts';
import type { Shell } from '../cli/shell.ts';

const HELP = {
  examples: [
    'source <(lockstep completion bash)',
    'lockstep completion zsh > "${fpath[1]}/_lockstep"',
    'lockstep completion fish > ~/.config/fish/completions/lockstep.fish',
  ],
};

/** The command line of `lockstep completion`. Its modules load when it runs. */
export function addCompletion(program: Command, shell: Shell): void {
  const command = program
    .command('completion')
    .description('Print the script with which a shell completes commands and options.')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .action(async (name: 'bash' | 'zsh' | 'fish') => {
      const { completionScript } = await import('./completion.ts');
      shell.stdout.write(completionScript(program, name));
    });
  addHelp(command, HELP);
}
