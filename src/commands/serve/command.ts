import type { Command } from 'commander';
import { SERVE_OPTIONS, serveConfig } from '../../config.ts';
import type { Shell } from '../cli/shell.ts';
import { addPodOptions, explicitFlags } from '../pod/pod-options.ts';
import { sizeHeap } from './heap.ts';

/** Its modules load when it runs: fastify takes 0.2 s, and no other command needs it. */
export function addServe(program: Command, shell: Shell): void {
  const command = program.command('serve').description('Answer the API server: the admission webhooks.');
  addPodOptions(command, SERVE_OPTIONS);
  command.action(async () => {
    // Before the modules load: they alone would let the heap grow further.
    sizeHeap();
    const [{ serve }, { developmentCertDir }] = await Promise.all([
      import('./serve.ts'),
      import('./certificate.ts'),
    ]);
    await serve(serveConfig(explicitFlags(command), shell.env, await developmentCertDir(shell.root)), shell);
  });
}
