import { setImmediate as turn } from 'node:timers/promises';
import type { ControllerConfig } from '../../config/config.ts';
import {
  type ForgettingCheckTimer,
  loginCheckTimer,
} from '../../controllers/credential/login-check-timer.ts';
import { type CredentialStore, credentialStore } from '../../controllers/credential/store.ts';
import { type Emit, fanOut } from '../../controllers/domain-event.ts';
import {
  keyOf,
  refOf,
  type SecretKey,
  type VersionIndex,
  versionIndex,
} from '../../controllers/informer/version-index.ts';
import type { Ports } from '../../controllers/ports.ts';
import { type WorkQueue, workQueue } from '../../controllers/queue/work-queue.ts';
import type { ReconcilerDeps } from '../../controllers/reconciler-deps.ts';
import { controllerNetworks } from '../../dial/server-networks.ts';
import { compileCredential } from '../../engine/login/credential-schema/compile.ts';
import { LOGIN_SYSTEMS } from '../../engine/login/server-kinds/kinds.ts';
import { generatorNameOf } from '../../engine/secret/kubernetes/generated-name.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { recordName } from '../../kube/secrets/record-name.ts';
import type { Log } from '../../log.ts';
import type { ControllerMetricsPage } from '../../metrics/metrics.ts';
import { sleepUntilAborted } from '../../sleep.ts';
import { changeFinalizer } from '../adapters/change-finalizer.ts';
import { clusterAdapter, podContext } from '../adapters/cluster-adapter.ts';
import { postgresAdapter } from '../adapters/postgres-adapter.ts';
import { provenRoleStore } from '../adapters/proven-role-store.ts';
import { redisAdapter } from '../adapters/redis-adapter.ts';
import type { ClusterPolicies } from '../pod/cluster-policies.ts';
import { type EventReporter, eventRecorder } from '../pod/event-recorder.ts';
import { type ConflictBreaker, conflictBreaker } from './conflict-breaker.ts';
import { credentialMetrics } from './credential-metrics.ts';
import { credentialStatusWriter } from './credential-status-writer.ts';
import { type FindingsReporter, startFindingsReporter } from './findings-reporter.ts';
import { kubernetesEvents } from './kubernetes-events.ts';
import { guardedPostgres, guardedRedis } from './leadership-guard.ts';
import { reconcileLog } from './reconcile-log.ts';
import { reconcileMetrics } from './reconcile-metrics.ts';

export interface SecretControllerParts {
  readonly cluster: Cluster;
  readonly config: ControllerConfig;
  readonly policies: Pick<ClusterPolicies, 'current' | 'revision' | 'labelsOf' | 'notReadyReason'>;
  readonly log: Log;
  readonly metrics: ControllerMetricsPage;
  /** The name of this process in its Events. */
  readonly identity: string;
  /** See Shell. */
  readonly cpu: () => number;
}

/** The state of one leader, which starts from nothing. */
interface ControllerState {
  readonly queue: WorkQueue<SecretKey>;
  readonly index: VersionIndex;
  readonly credentials: CredentialStore;
}

interface Subscribers {
  readonly findings: FindingsReporter;
  readonly breaker: ConflictBreaker;
  readonly checkTimer: ForgettingCheckTimer;
  readonly emit: Emit;
}

export interface SecretController extends ControllerState, Pick<Subscribers, 'findings' | 'emit'> {
  readonly deps: ReconcilerDeps;
}

/** Connects the parts of a leader. It works on nothing yet. */
export function buildController(
  parts: SecretControllerParts,
  mayWrite: () => boolean,
  signal: AbortSignal,
): SecretController {
  const state = buildState(parts, signal);
  const subscribers = buildSubscribers(parts, state, signal);
  return { ...state, ...subscribers, deps: buildDeps(parts, state, subscribers, mayWrite, signal) };
}

function buildState(
  { cluster, log, metrics, identity }: SecretControllerParts,
  signal: AbortSignal,
): ControllerState {
  const credentials = credentialStore(compileCredential);
  const queue = workQueue<SecretKey>({
    onStats: ({ depth }) => metrics.setQueueDepth(depth),
    // A server that never answers delays only the logins of its own namespace.
    limitGroupOf: (key) => {
      const ref = refOf(key);
      return isOrWasLogin(credentials, ref) ? ref.namespace : undefined;
    },
    // A namespace full of Secrets that take long to validate delays no other namespace.
    fairnessGroupOf: (key) => refOf(key).namespace,
    now,
    random: Math.random,
    sleep: sleepUntilAborted,
  });
  const statusWriter = credentialStatusWriter(
    credentials,
    { cluster, log, recordEvent: eventRecorder(cluster, reporterOf(identity), log) },
    signal,
  );
  credentials.listen({ onSecretChanged: queue.add, onReportsChanged: statusWriter.wake });
  metrics.followCredentials(
    () =>
      credentials
        .reports()
        .map(({ stored: { kind, namespace, name }, report }) => ({ kind, namespace, name, report })),
    signal,
  );
  return { queue, index: versionIndex(queue.add, turn), credentials };
}

/** Everything that listens to the reconcilers. */
function buildSubscribers(
  { cluster, log, metrics, identity }: SecretControllerParts,
  { credentials }: ControllerState,
  signal: AbortSignal,
): Subscribers {
  const reporter = reporterOf(identity);
  const findings = startFindingsReporter({ cluster, reporter, log, metrics }, signal);
  const checkTimer = loginCheckTimer(now);
  const report = fanOut(
    reconcileMetrics(metrics),
    credentialMetrics({ metrics, now }),
    reconcileLog(log, now),
    kubernetesEvents({
      recordEvent: eventRecorder(cluster, reporter, log),
      now,
    }),
    findings.subscriber,
    (event) => {
      if (event.kind === 'credential-status') credentials.report(event.credential, event.report);
      if (event.kind === 'secret-deleted') checkTimer.forget(keyOf(event.secret));
    },
  );
  const breaker = conflictBreaker(report, now);
  return { findings, checkTimer, breaker, emit: fanOut(breaker.subscriber, report) };
}

function buildDeps(
  { cluster, config, policies, cpu }: SecretControllerParts,
  { queue, index, credentials }: ControllerState,
  { breaker, checkTimer, emit }: Subscribers,
  mayWrite: () => boolean,
  signal: AbortSignal,
): ReconcilerDeps {
  const clusterPorts = clusterAdapter({
    cluster,
    writer: 'lockstep-controller',
    rolloutTimeout: config.rolloutSeconds * 1000,
    propagation: config.propagationSeconds * 1000,
    signal,
  });
  const networks = controllerNetworks(cluster.server, config.serverNetworks);
  const credentialParts = { cluster, credentials };
  return {
    ...clusterPorts,
    ...indexedPorts(clusterPorts, index),
    databases: guardedPostgres(postgresAdapter(networks), mayWrite),
    redis: guardedRedis(redisAdapter(networks), mayWrite),
    context: { ...podContext(config, cpu), now: clusterPorts.clock.now },
    policies,
    credentials: {
      forSecret: credentials.forSecret,
      formerForSecret: credentials.formerForSecret,
      finalizer: changeFinalizer(credentialParts),
      provenRoles: provenRoleStore(credentialParts),
    },
    settings: {
      history: config.history,
      propagation: config.propagationSeconds * 1000,
      restoreFieldManagers: new Set(config.restoreFieldManagers),
    },
    checkTimer,
    mayWrite: breaker.mayWrite,
    secretNamesIn: index.namesIn,
    enqueue: (ref) => queue.add(keyOf(ref)),
    emit,
  };
}

/** One of the logins of the Secret is kept in sync, or was until now. */
export const isOrWasLogin = (
  { forSecret, formerForSecret }: Pick<CredentialStore, 'forSecret' | 'formerForSecret'>,
  ref: SecretRef,
): boolean =>
  LOGIN_SYSTEMS.some((system) => (forSecret(ref, system) ?? formerForSecret(ref, system)) !== undefined);

/** Also true for a Secret that kustomize made under a login's name with a hash: the condition of the login names it. */
export function concernsLogin(credentials: Parameters<typeof isOrWasLogin>[0], ref: SecretRef): boolean {
  const generator = generatorNameOf(ref.name);
  const isOfGenerator =
    generator !== undefined && isOrWasLogin(credentials, { namespace: ref.namespace, name: generator });
  return isOfGenerator || isOrWasLogin(credentials, ref);
}

const reporterOf = (identity: string): EventReporter => ({
  component: 'lockstep-controller',
  instance: identity,
});

const now = (): number => performance.now();

/** The index does not report what this process reads or writes as a change. */
const indexedPorts = (
  { secrets, records }: Pick<Ports, 'secrets' | 'records'>,
  index: Pick<VersionIndex, 'markSeen' | 'trackWrite'>,
): Pick<Ports, 'secrets' | 'records'> => ({
  secrets: {
    ...secrets,
    read: async (ref) => {
      const observed = await secrets.read(ref);
      if (observed !== undefined) index.markSeen(keyOf(ref), observed.resourceVersion);
      return observed;
    },
  },
  records: {
    ...records,
    // A failure after its own write would otherwise repeat each second.
    write: (ref, record, before) =>
      index.trackWrite(keyOf({ ...ref, name: recordName(ref.name) }), () =>
        records.write(ref, record, before),
      ),
  },
});
