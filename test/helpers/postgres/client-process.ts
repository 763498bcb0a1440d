import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { ClientReply, ClientRequest } from './hostile-client.ts';

/** A busy machine takes seconds to start the process. A loop takes for ever. */
const WATCHDOG_MS = 60_000;

export interface ClientProcess {
  /** Rejects if the process ends or hangs. */
  readonly run: (request: ClientRequest) => Promise<ClientReply>;
}

/** `hostile-client.ts` in a process of its own. */
export function aClientProcess(t: Test, nodeOptions: readonly string[] = []): ClientProcess {
  const child = fork(join(import.meta.dirname, 'hostile-client.ts'), { execArgv: [...nodeOptions] });
  t.teardown(() => child.kill('SIGKILL'));
  return {
    run: async (request) => {
      const watchdog = AbortSignal.timeout(WATCHDOG_MS);
      child.send(request);
      const [reply] = await Promise.race([
        once(child, 'message', { signal: watchdog }) as Promise<[ClientReply]>,
        endOf(child, watchdog),
      ]);
      return reply;
    },
  };
}

async function endOf(child: ChildProcess, signal: AbortSignal): Promise<never> {
  const [code, killedBy] =
    child.exitCode === null ? await once(child, 'exit', { signal }) : [child.exitCode, child.signalCode];
  throw new Error(`the client ended with ${code ?? killedBy}`);
}
