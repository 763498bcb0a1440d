import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';
import { entryPoint } from '../../testbed/lockstep/release.ts';
import { freePort } from '../../testbed/process/ports.ts';

export const ROOT = join(import.meta.dirname, '..', '..', '..');

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly cwd?: string;
}

export interface Process {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
}

interface Test {
  readonly teardown: (undo: () => unknown) => void;
}

/** `lockstep ARGS`, with an empty environment unless one is given. Ended with the test. */
export function lockstep(
  t: Test,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Process {
  return start(t, { file: process.execPath, args: [entryPoint(), ...args], env });
}

export function start(t: Test, { file, args, env = {}, uid, cwd }: Command): Process {
  // tap puts NODE_OPTIONS into the environment of each child, to write down what it ran; `env -i` takes it out again.
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const child = spawn('/usr/bin/env', ['-i', ...variables, file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
    ...(cwd === undefined ? {} : { cwd }),
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (piece) => {
      texts[name] += piece.toString();
    });
  }
  const exited = once(child, 'close').then(([code, signal]) => code ?? signal);
  t.teardown(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return { child, stdout: () => texts.stdout, stderr: () => texts.stderr, exited };
}

export interface Served extends Process {
  readonly port: number;
  readonly metricsPort: number;
}

/** Resolves when /readyz says so; rejects where the process has ended before. */
export async function serve(
  t: Test,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  run: (args: readonly string[], env: Readonly<Record<string, string>>) => Process = (all, vars) =>
    lockstep(t, all, vars),
): Promise<Served> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const process = run(['serve', '--port', String(port), '--metrics-port', String(metricsPort), ...args], env);
  await untilReady(process, metricsPort);
  return { ...process, port, metricsPort };
}

async function untilReady(process: Process, metricsPort: number): Promise<void> {
  let ended = false;
  void process.exited.then(() => {
    ended = true;
  });
  while (!ended) {
    if ((await fetchText(metricsPort, '/readyz')).status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`lockstep ended before it was ready: ${process.stderr()}`);
}

/** Status 0 where nobody listens. */
export function fetchText(
  port: number,
  path: string,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let text = '';
      response.on('data', (piece) => {
        text += piece.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', () => resolve({ status: 0, text: '' }));
    });
    request.on('error', () => resolve({ status: 0, text: '' }));
  });
}
