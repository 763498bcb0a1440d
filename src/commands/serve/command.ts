import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { SERVE_OPTIONS, serveConfig } from '../../config/config.ts';
import { addHelp } from '../cli/command-help.ts';
import type { Shell } from '../cli/shell.ts';
import { addPodOptions, explicitFlags } from '../pod/pod-options.ts';

export function addServe(program: Command, shell: Shell): void {
  const command = program.command('serve').description('Answer the API server: the admission webhooks.');
  addPodOptions(command, SERVE_OPTIONS);
  command.action(async () => {
    const { serve } = await import('./serve.ts');
    const config = serveConfig(explicitFlags(command), shell.env, await developmentCertDir(shell.root));
    await serve(config, shell);
  });
  addHelp(command);
}

/** The folder `certs/` of a checkout, which git ignores. Undefined in an image, which has no such folder. */
async function developmentCertDir(root: string): Promise<string | undefined> {
  const folder = join(root, 'certs');
  return access(folder).then(
    () => folder,
    () => undefined,
  );
}
