import type { Action } from './engine/finding.ts';
import { LockstepError } from './errors.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const ACTIONS = ['Enforce', 'Warn', 'Audit'] as const satisfies readonly Action[];

/** What `lockstep serve` runs with. */
export interface ServeConfig {
  /** The API server put us here: its Service address is in every pod's environment. */
  readonly inPod: boolean;
  readonly port: number;
  readonly metricsPort: number;
  readonly host: string;
  /** Files and folders of SecretPolicies, beside the built-in ones. */
  readonly policies: readonly string[];
  /** Built-in policies that are not wanted. */
  readonly dropped: readonly string[];
  /** Undefined: the certificate is made in memory; in a pod by the CA in the cluster. */
  readonly certDir: string | undefined;
  /** Of the cluster whose SecretPolicies are followed; in a pod its own cluster is, without. */
  readonly kubeconfig: string | undefined;
  readonly warnOnlyUsers: ReadonlySet<string>;
  /** Findings of a stricter action are lowered to this one. */
  readonly strictest: Action;
  /** Where lockstep itself runs. */
  readonly namespace: string;
  readonly logLevel: LogLevel;
  /** How long to go on answering after SIGTERM, while endpoints are taken back. Seconds. */
  readonly drainSeconds: number;
}

/** An option as the command line and the environment know it; `variable` is read where the flag is not given. */
export interface ServeOption {
  readonly flags: string;
  readonly name: string;
  readonly variable: string;
  readonly about: string;
  readonly many?: boolean;
}

const option = (flags: string, about: string, many = false): ServeOption => {
  const long = flags.slice(2).split(' ', 1)[0] ?? '';
  return { flags, name: long, variable: `LOCKSTEP_${long.replaceAll('-', '_').toUpperCase()}`, about, many };
};

export const SERVE_OPTIONS: readonly ServeOption[] = [
  option('--port <number>', 'port for reviews, HTTPS (default: 8443)'),
  option('--metrics-port <number>', 'metrics and probes, HTTP (default: 9090)'),
  option('--host <address>', 'address (default: 127.0.0.1, in a pod ::)'),
  option('--policy <path...>', 'files or folders of SecretPolicies', true),
  option('--no-builtin <name...>', 'built-in policies to leave out', true),
  option('--cert-dir <folder>', 'tls.crt, tls.key and ca.crt; made there if the folder is empty'),
  option('--kubeconfig <file>', 'cluster whose SecretPolicies count (in a pod: its own)'),
  option(
    '--warn-only-users <names...>',
    'writers who are warned and never denied, separated by commas',
    true,
  ),
  option('--strictest <action>', `what a finding does at most: ${ACTIONS.join(', ')} (default: Enforce)`),
  option('--namespace <name>', 'its own namespace (default: lockstep-system)'),
  option('--log-level <level>', `${LOG_LEVELS.join(', ')} (default: info)`),
  option('--drain-seconds <number>', 'go on that long after SIGTERM (default: 0, in a pod 10)'),
];

export type Flags = ReadonlyMap<string, string | readonly string[]>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** `certDir` is where a certificate goes outside of a pod if nobody says where. Throws BAD_OPTION. */
export function serveConfig(flags: Flags, env: Environment, certDir?: string): ServeConfig {
  const inPod = (env.KUBERNETES_SERVICE_HOST ?? '') !== '';
  const one = (name: string): Given | undefined => given(name, flags, env);
  const many = (name: string, separator: RegExp): readonly string[] => listOf(one(name), separator);
  return {
    inPod,
    port: whole(one('port'), 8443, 65_535),
    metricsPort: whole(one('metrics-port'), 9090, 65_535),
    host: hostOf(one('host'), inPod),
    policies: many('policy', /[:,]/),
    dropped: many('no-builtin', /,/),
    certDir: textOf(one('cert-dir')) ?? (inPod ? undefined : certDir),
    kubeconfig: textOf(one('kubeconfig')),
    // A user name holds colons.
    warnOnlyUsers: new Set(many('warn-only-users', /,/)),
    strictest: oneOf(one('strictest'), ACTIONS) ?? 'Enforce',
    namespace: textOf(one('namespace')) ?? 'lockstep-system',
    logLevel: oneOf(one('log-level'), LOG_LEVELS) ?? 'info',
    drainSeconds: whole(one('drain-seconds'), inPod ? 10 : 0, 3600),
  };
}

/** A value and how the user spelled its option, for the error that names it. */
interface Given {
  readonly by: string;
  readonly value: string | readonly string[];
}

function given(name: string, flags: Flags, env: Environment): Given | undefined {
  const flag = flags.get(name);
  if (flag !== undefined) return { by: `--${name}`, value: flag };
  const known = SERVE_OPTIONS.find((each) => each.name === name);
  const variable = known?.variable ?? '';
  const value = env[variable];
  return value === undefined || value === '' ? undefined : { by: variable, value };
}

/** fastify opens a second server for the other family of `localhost`, and a new certificate would not reach it. */
function hostOf(found: Given | undefined, inPod: boolean): string {
  const host = textOf(found) ?? (inPod ? '::' : '127.0.0.1');
  return host === 'localhost' ? '127.0.0.1' : host;
}

function textOf(found: Given | undefined): string | undefined {
  return found === undefined ? undefined : String(found.value);
}

/** A flag is split at commas only: a path given by a flag may hold a colon. */
function listOf(found: Given | undefined, separator: RegExp): readonly string[] {
  if (found === undefined) return [];
  const pieces =
    typeof found.value === 'string'
      ? found.value.split(separator)
      : found.value.flatMap((each) => each.split(','));
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== '');
}

function whole(found: Given | undefined, otherwise: number, most: number): number {
  if (found === undefined) return otherwise;
  const text = String(found.value);
  if (/^\d{1,9}$/.test(text) && Number(text) <= most) return Number(text);
  throw new LockstepError('BAD_OPTION', [found.by, `must be a whole number from 0 to ${most}, not ${text}`]);
}

function oneOf<Word extends string>(found: Given | undefined, words: readonly Word[]): Word | undefined {
  if (found === undefined) return undefined;
  const word = words.find((each) => each === found.value);
  if (word !== undefined) return word;
  throw new LockstepError('BAD_OPTION', [found.by, `must be one of ${words.join(', ')}`]);
}
