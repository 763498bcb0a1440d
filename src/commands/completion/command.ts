import { Argument, type Command } from 'commander';
import type { Shell } from '../cli/shell.ts';

const HELP = `
Examples:
  source <(lockstep completion bash)                       for this shell
  lockstep completion zsh > "\${fpath[1]}/_lockstep"
  lockstep completion fish > ~/.config/fish/completions/lockstep.fish`;

/** The command line of `lockstep completion`. Its modules load when it runs. */
export function addCompletion(program: Command, shell: Shell): void {
  program
    .command('completion')
    .description('Print the script with which a shell completes commands and options.')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', HELP)
    .action(async (name: 'bash' | 'zsh' | 'fish') => {
      const { completionScript } = await import('./completion.ts');
      shell.stdout.write(completionScript(program, name));
    });
}
