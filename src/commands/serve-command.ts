import { type Command, Option } from 'commander';
import { type Flags, SERVE_OPTIONS, serveConfig } from '../config.ts';
import type { Shell } from './shell.ts';

/** What it needs is loaded when it runs: fastify takes 0.2 s, which no other command should wait for. */
export function addServe(program: Command, shell: Shell): void {
  const command = program.command('serve').description('Answer the API server: the admission webhooks.');
  for (const { flags, about, variable } of SERVE_OPTIONS) {
    command.addOption(new Option(flags, `${about} [${variable}]`));
  }
  command.action(async () => {
    const [{ serve }, { developmentCertDir }] = await Promise.all([
      import('./serve.ts'),
      import('./serving-certificate.ts'),
    ]);
    await serve(serveConfig(givenTo(command), shell.env, await developmentCertDir(shell.root)), shell);
  });
}

/** Only what stands on the command line: commander also presets `--no-…` options. */
function givenTo(command: Command): Flags {
  const flags = new Map<string, string | readonly string[]>();
  for (const option of command.options) {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) === 'cli') {
      flags.set(option.long?.slice(2) ?? name, command.getOptionValue(name));
    }
  }
  return flags;
}
