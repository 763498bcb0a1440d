import type { Network } from '../engine/login/server/target.ts';
import type { Action } from '../engine/secret/finding/finding.ts';
import { BACKUP_TOOLS } from '../engine/secret/record/writers.ts';
import {
  type Flags,
  hostOf,
  integerOf,
  type OptionReader,
  oneOf,
  optionReader,
  type PodOption,
  parseNamespaces,
  parseNetworks,
  podOption,
  textOf,
} from './options.ts';
import type { Environment } from './variables.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const ACTIONS = ['Enforce', 'Warn', 'Audit'] as const satisfies readonly Action[];

/** Options of `lockstep serve` and `lockstep controller`, the two programs that run in a pod. */
export interface PodConfig {
  /** Every pod has the address of the API server's Service in its environment. */
  readonly inPod: boolean;
  readonly metricsPort: number;
  readonly host: string;
  /** Files and folders of SecretPolicies, in addition to the built-in ones. */
  readonly policies: readonly string[];
  /** Names of built-in policies to leave out. */
  readonly dropped: readonly string[];
  /** Selects the cluster whose SecretPolicies are watched. Undefined: a pod uses its own cluster. */
  readonly kubeconfig: string | undefined;
  /** Findings with a stronger action are lowered to this one. */
  readonly maxAction: Action;
  /** The namespace in which lockstep itself runs. */
  readonly namespace: string;
  /** Namespaces whose Secrets are neither validated nor changed. */
  readonly excludedNamespaces: ReadonlySet<string>;
  readonly logLevel: LogLevel;
}

/** Options of `lockstep controller`. */
export interface ControllerConfig extends PodConfig {
  /** A context of the kubeconfig. Undefined: its current context. */
  readonly context: string | undefined;
  /** Number of versions that the record of a Secret keeps. */
  readonly history: number;
  /** Interval between two full scans. */
  readonly resyncSeconds: number;
  /** Time in which a restarted consumer must become healthy. */
  readonly rolloutSeconds: number;
  /**
   * Time that a changed Secret may need to reach the volumes of its consumers. The default is the longest time of a
   * kubelet: a sync each minute, and the lifetime of its cache.
   */
  readonly propagationSeconds: number;
  /** Field managers that restore an earlier state of Secrets, such as a backup tool. */
  readonly restoreFieldManagers: readonly string[];
  /** Networks that may hold PostgreSQL servers although they are local to the controller. */
  readonly serverNetworks: readonly Network[];
}

/** Options of `lockstep serve`. */
export interface ServeConfig extends PodConfig {
  readonly port: number;
  /** Undefined: lockstep makes the certificate in memory, or in a pod by the CA in the cluster. */
  readonly certDir: string | undefined;
  /** File with the CA that signs client certificates. Undefined: the webhook answers every client. */
  readonly clientCaFile: string | undefined;
  /** Common names that a client certificate may have. Empty: any name. */
  readonly clientNames: ReadonlySet<string>;
  readonly warnOnlyUsers: ReadonlySet<string>;
  /** Time for which the webhook still answers after SIGTERM, until all endpoints are updated. */
  readonly drainSeconds: number;
}

const POLICY = podOption('--policy <path...>', 'files or folders of SecretPolicies', {
  meaning: 'files or folders of SecretPolicies, next to the built-in ones',
});
const NO_BUILTIN = podOption('--no-builtin <name...>', 'built-in policies to leave out');
const METRICS_PORT = podOption('--metrics-port <number>', 'metrics, probes (default: 9090)', {
  meaning: 'port for `/metrics`, `/healthz` and `/readyz`, plain HTTP',
});
const HOST = podOption('--host <address>', 'address (default: 127.0.0.1, in a pod ::)', {
  meaning: 'address to listen on',
});
const MAX_ACTION = podOption('--max-action <action>', 'strongest action (default: Enforce)', {
  meaning: `strongest action of a finding, one of ${ACTIONS.join(', ')}`,
});
const LOCKSTEP_NAMESPACE = podOption('--lockstep-namespace <name>', 'its own (default: lockstep-system)', {
  meaning: 'namespace in which lockstep runs; it validates no Secret there',
  // The variable needs no second `LOCKSTEP`.
  variable: 'LOCKSTEP_NAMESPACE',
});
const EXCLUDED_NAMESPACES = podOption('--excluded-namespaces <names...>', 'namespaces to leave alone', {
  meaning: 'namespaces whose Secrets lockstep neither validates nor changes',
});
const LOG_LEVEL = podOption('--log-level <level>', 'from debug to silent (default: info)', {
  meaning: `${LOG_LEVELS.join(', ')}. The log has lines of JSON, on standard error`,
});

export const SERVE_OPTIONS: readonly PodOption[] = [
  podOption('--port <number>', 'port for reviews, HTTPS (default: 8443)', {
    meaning: 'port for reviews, HTTPS; they go to `/mutate` and `/validate`',
  }),
  METRICS_PORT,
  HOST,
  POLICY,
  NO_BUILTIN,
  podOption('--cert-dir <folder>', 'its certificate (default: certs/, in a pod none)', {
    meaning:
      'folder of `tls.crt`, `tls.key` and `ca.crt`. `serve` makes them if the folder is empty, and reads them again when they change. Without a folder, the certificate is in memory. In a pod, the CA in the cluster signs it',
  }),
  podOption('--client-ca-file <file>', 'CA of the client certificates', {
    meaning: 'CA of the certificate that each client must show. Without it, `serve` answers every client',
  }),
  podOption('--client-names <names...>', 'common names it may have (default: any)', {
    meaning: 'permitted common names of the client certificate',
  }),
  podOption('--kubeconfig <file>', 'cluster to follow (in a pod: its own)', {
    meaning: 'cluster whose SecretPolicies `serve` watches. In a pod it is its own cluster',
  }),
  podOption('--warn-only-users <names...>', 'writers who are never denied', {
    meaning:
      'users that restore old state, such as Velero. lockstep warns them, and never refuses or changes a write',
  }),
  MAX_ACTION,
  LOCKSTEP_NAMESPACE,
  EXCLUDED_NAMESPACES,
  LOG_LEVEL,
  podOption('--drain-seconds <number>', 'after SIGTERM (default: 0, in a pod 10)', {
    meaning: 'time for which `serve` still answers after SIGTERM',
  }),
];

export const CONTROLLER_OPTIONS: readonly PodOption[] = [
  podOption('--kubeconfig <file>', 'the cluster (default: in a pod its own)', {
    meaning: 'the cluster. Outside of a pod it is found as kubectl finds it',
  }),
  podOption('--context <name>', 'a context of the kubeconfig', {
    meaning: 'a context of the kubeconfig. Without it, its current context',
  }),
  METRICS_PORT,
  HOST,
  POLICY,
  NO_BUILTIN,
  MAX_ACTION,
  podOption('--history <number>', 'versions kept of a Secret (default: 5)', {
    meaning: 'number of versions to keep of each Secret, 2 to 20',
  }),
  podOption('--resync-seconds <number>', 'between two resyncs (default: 3600)', {
    meaning: 'interval of the resync of all Secrets',
  }),
  podOption('--rollout-seconds <number>', 'for one consumer (default: 600)', {
    meaning: 'time for a consumer to become healthy',
  }),
  podOption('--propagation-seconds <number>', 'for volumes (default: 120)', {
    meaning: 'time for a changed Secret to reach the volumes of pods',
  }),
  podOption('--restore-field-managers <names...>', 'they restore backups', {
    meaning:
      'field managers that restore backups, without it `velero-server`. lockstep compares a password from them with the server, and does not set it',
  }),
  podOption('--server-networks <cidrs...>', 'local networks of PostgreSQL', {
    meaning: 'local networks in which PostgreSQL servers are permitted, such as `127.0.0.0/8`',
  }),
  LOCKSTEP_NAMESPACE,
  EXCLUDED_NAMESPACES,
  LOG_LEVEL,
];

/** `certDir` is the default folder of the certificate outside of a pod. Throws BAD_OPTION. */
export function serveConfig(flags: Flags, env: Environment, certDir?: string): ServeConfig {
  const { one, list } = optionReader(SERVE_OPTIONS, flags, env);
  const pod = podConfig({ one, list }, env);
  return {
    ...pod,
    port: integerOf(one('port'), 8443, 65_535),
    certDir: textOf(one('cert-dir')) ?? (pod.inPod ? undefined : certDir),
    clientCaFile: textOf(one('client-ca-file')),
    clientNames: new Set(list('client-names', /,/)),
    // A user name has colons, so that only commas separate names.
    warnOnlyUsers: new Set(list('warn-only-users', /,/)),
    drainSeconds: integerOf(one('drain-seconds'), pod.inPod ? 10 : 0, 3600),
  };
}

/** Throws BAD_OPTION. */
export function controllerConfig(flags: Flags, env: Environment): ControllerConfig {
  const { one, list } = optionReader(CONTROLLER_OPTIONS, flags, env);
  return {
    ...podConfig({ one, list }, env),
    context: textOf(one('context')),
    history: integerOf(one('history'), 5, 20, 2),
    resyncSeconds: integerOf(one('resync-seconds'), 3600, 86_400, 1),
    rolloutSeconds: integerOf(one('rollout-seconds'), 600, 86_400, 1),
    propagationSeconds: integerOf(one('propagation-seconds'), 120, 86_400),
    restoreFieldManagers: withDefault(list('restore-field-managers', /,/), BACKUP_TOOLS),
    serverNetworks: parseNetworks(list('server-networks', /,/), '--server-networks'),
  };
}

function ownNamespace(name: string): string {
  parseNamespaces([name], '--lockstep-namespace');
  return name;
}

const withDefault = <T>(values: readonly T[], fallback: readonly T[]): readonly T[] =>
  values.length === 0 ? fallback : values;

function podConfig({ one, list }: OptionReader, env: Environment): PodConfig {
  const inPod = (env.KUBERNETES_SERVICE_HOST ?? '') !== '';
  return {
    inPod,
    metricsPort: integerOf(one('metrics-port'), 9090, 65_535),
    host: hostOf(one('host'), inPod),
    policies: list('policy', /[:,]/),
    dropped: list('no-builtin', /,/),
    kubeconfig: textOf(one('kubeconfig')),
    maxAction: oneOf(one('max-action'), ACTIONS) ?? 'Enforce',
    namespace: ownNamespace(textOf(one('lockstep-namespace')) ?? 'lockstep-system'),
    excludedNamespaces: new Set(parseNamespaces(list('excluded-namespaces', /,/), '--excluded-namespaces')),
    logLevel: oneOf(one('log-level'), LOG_LEVELS) ?? 'info',
  };
}
