import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { openConnections } from '../admission/connections.ts';
import { reviewBody } from '../admission/review-body.ts';
import { freePort, type MeasuredServer, startServer } from '../servers/measured-server.ts';
import { startPeprApi } from './pepr-api.ts';

const SOURCE = join(import.meta.dirname, 'pepr-module');
/** The part of the path that only the API server knows. */
export const API_PATH = 'bench';

export interface Pepr {
  readonly server: MeasuredServer;
  readonly stop: () => void;
}

/** Installs Pepr in `folder`, builds the module, and starts its controller with the certificate of `folder`. */
export async function startPepr(folder: string): Promise<Pepr> {
  const module = join(folder, 'pepr');
  await mkdir(module);
  await cp(SOURCE, module, { recursive: true });
  const inModule = { cwd: module, stdin: 'ignore', all: true } as const;
  await execa('npm', ['install', '--no-audit', '--no-fund'], inModule);
  await execa(process.execPath, ['node_modules/pepr/dist/cli.js', 'build'], inModule);
  const api = await startPeprApi();
  const kubeconfig = join(module, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigFor(api.port));
  const port = await freePort();
  const env = {
    KUBECONFIG: kubeconfig,
    SSL_CERT_PATH: join(folder, 'tls.crt'),
    SSL_KEY_PATH: join(folder, 'tls.key'),
    PEPR_API_PATH: API_PATH,
    BENCH_PORT: `${port}`,
    NODE_ENV: 'production',
  };
  const program = { script: join(module, 'dist', 'pepr-bench.cjs'), args: [], port, env };
  const server = await startServer(program, /Using API path/);
  await untilReady(folder, port);
  return {
    server,
    stop: () => {
      server.stop();
      api.stop();
    },
  };
}

/** Pepr answers reviews once it has read its store. */
async function untilReady(folder: string, port: number): Promise<void> {
  const { post } = openConnections(port, await readFile(join(folder, 'ca.crt'), 'utf8'));
  const review = reviewBody('CREATE', 'ready', {});
  for (let attempt = 1; ; attempt += 1) {
    const failure = await post(`/validate/${API_PATH}`, review).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure === undefined) return;
    if (attempt === 60) throw failure;
    await sleep(250);
  }
}

const kubeconfigFor = (port: number): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bench',
    clusters: [
      { name: 'bench', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } },
    ],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    users: [{ name: 'bench', user: { token: 'bench' } }],
  });
