import { type ChildProcessByStdio, type SpawnOptionsWithoutStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { KubeConfig, User } from '@kubernetes/client-node';
import { LockstepError, systemCode } from '../../errors/errors.ts';

/** The `exec` entry of a user in a kubeconfig. */
interface LoginPlugin {
  readonly apiVersion?: string;
  readonly command?: string;
  env?: { name: string; value: string }[];
}

const pluginOf = (user: User | null): LoginPlugin | undefined => user?.exec as LoginPlugin | undefined;

/**
 * Gives the plugin the variable that kubectl sets. Some plugins choose the version of their answer by it, and the
 * library omits it.
 */
export function describeLoginPlugin(user: User | null): void {
  const plugin = pluginOf(user);
  if (plugin === undefined) return;
  const { apiVersion = 'client.authentication.k8s.io/v1', env } = plugin;
  const info = { kind: 'ExecCredential', apiVersion, spec: { interactive: false } };
  plugin.env = [{ name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }, ...(env ?? [])];
}

/** The library starts a plugin by a function in a private field, without a limit of time and of output. */
export function limitLoginPlugin(config: KubeConfig): void {
  const { authenticators } = config as unknown as { readonly authenticators: readonly object[] };
  const starters = authenticators.filter((one): one is { execFn: unknown } => 'execFn' in one);
  if (starters.length === 0) throw new Error('the client library starts login plugins in another way');
  for (const one of starters) one.execFn = spawnLimited;
}

/** The library starts their program without a limit. kubectl knows them no longer since 1.26. */
const REMOVED_PROVIDERS: readonly unknown[] = ['azure', 'gcp'];

/** Throws a LockstepError for a user that kubectl could not log in either. */
export function refuseRemovedProvider(user: User | null): void {
  const { name } = (user?.authProvider ?? {}) as { readonly name?: unknown };
  if (REMOVED_PROVIDERS.includes(name))
    throw new LockstepError('LOGIN_FAILED', [
      `the auth-provider ${name} of the kubeconfig`,
      'kubectl has removed it in favour of a login plugin',
    ]);
}

/**
 * A fault before any call: a plugin, or a file that the kubeconfig names. The error of the library is no `cause`,
 * because it may quote the plugin's answer, which holds a token.
 */
export function loginError(cause: unknown, user: User | null): LockstepError {
  const command = pluginOf(user)?.command;
  const { syscall = '', code, path } = cause as NodeJS.ErrnoException;
  if (syscall === 'open') return new LockstepError('KUBECONFIG_UNREADABLE', [path, code]);
  if (command === undefined)
    return new LockstepError('LOGIN_FAILED', ['the login of the kubeconfig', firstLineOf(cause)]);
  if (syscall.startsWith('spawn') && code === 'ENOENT')
    return new LockstepError('LOGIN_PLUGIN_NOT_FOUND', [command]);
  return new LockstepError('LOGIN_FAILED', [
    `the login plugin ${command} of the kubeconfig`,
    syscall === '' ? firstLineOf(cause) : systemCode(cause),
  ]);
}

const MAX_REASON_LENGTH = 200;

/** kubectl shows what a plugin prints on standard error. A parser quotes the answer, so its message is left out. */
function firstLineOf(cause: unknown): string {
  if (cause instanceof SyntaxError || cause instanceof TypeError) return 'it printed no ExecCredential';
  const text = cause instanceof Error ? cause.message : String(cause);
  const line = text.split('\n').find((each) => each.trim() !== '') ?? 'it gave no reason';
  return line
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .trim()
    .slice(0, MAX_REASON_LENGTH);
}

/** A login plugin may wait for a person in a browser. In milliseconds. */
const MAX_RUN_MS = 5 * 60_000;
/** An answer of a login plugin has a token, or a certificate with its key. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/**
 * Starts a login plugin for the client library, which has no limit of its own. Beyond a limit, it kills the program.
 * The caller gets an `error` and the end of both streams, also if a child of the program keeps them open.
 *
 * @internal Exported for tests.
 */
export function spawnLimited(
  command: string,
  args: readonly string[] = [],
  options: SpawnOptionsWithoutStdio = {},
  maxRunMs = MAX_RUN_MS,
): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (reason: string): void => {
    child.emit('error', new Error(reason));
    child.kill('SIGKILL');
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const timer = setTimeout(() => stop(`it did not end within ${maxRunMs / 1000} s`), maxRunMs);
  let bytesLeft = MAX_OUTPUT_BYTES;
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer | string) => {
      bytesLeft -= chunk.length;
      if (bytesLeft < 0) stop('it printed more than 1 MiB');
    });
  return child.on('close', () => clearTimeout(timer));
}
