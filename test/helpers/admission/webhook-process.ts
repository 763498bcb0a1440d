import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { ROOT, type Served, serve, start } from '../cluster/lockstep.ts';

/** As in a pod: the heap that Node takes of 512 MiB, and the variables of the Deployment and of the image. */
const NODE_ARGS = ['--max-old-space-size=256'];
const POD_ENV = { MALLOC_MMAP_THRESHOLD_: '1048576', NODE_OPTIONS: '--max-semi-space-size=4' };

/** The memory limit of the pod, in MiB. */
export const LIMIT_MIB = 512;

export interface WebhookProcess extends Served {
  readonly pid: number;
  readonly to: { readonly port: number; readonly ca: string };
}

/** A webhook's process as it is released, on all addresses of this machine. */
export async function aWebhookProcess(t: Test, args: readonly string[] = []): Promise<WebhookProcess> {
  const certDir = t.testdir();
  const served = await serve(
    t,
    ['--cert-dir', certDir, '--host', '0.0.0.0', '--log-level', 'error', ...args],
    POD_ENV,
    (all, env) =>
      start(t, {
        file: process.execPath,
        args: [...NODE_ARGS, join(ROOT, 'dist', 'lockstep.js'), ...all],
        env,
      }),
  );
  const ca = readFileSync(join(certDir, 'ca.crt'), 'utf8');
  // `env -i` replaces itself by node, under the same id.
  return { ...served, pid: served.child.pid ?? 0, to: { port: served.port, ca } };
}
