import { setImmediate as turn } from 'node:timers/promises';
import type { ControllerConfig } from '../../config.ts';
import { loginCheckTimer } from '../../controllers/credential/login-check-timer.ts';
import { credentialStore } from '../../controllers/credential/store.ts';
import { fullScan } from '../../controllers/informer/full-scan.ts';
import { runResyncLoop } from '../../controllers/informer/resync-loop.ts';
import {
  keyOf,
  refOf,
  type SecretKey,
  type VersionIndex,
  versionIndex,
} from '../../controllers/informer/version-index.ts';
import type { Ports } from '../../controllers/ports.ts';
import { workQueue } from '../../controllers/queue/work-queue.ts';
import { writeConflictBreaker } from '../../controllers/queue/write-conflict-breaker.ts';
import type { ReconcilerDeps } from '../../controllers/reconciler-deps.ts';
import { type ReconcileResult, reconcileSecret } from '../../controllers/secret/reconciler.ts';
import { auditUnreadable } from '../../engine/audit/audit.ts';
import { auditStored } from '../../engine/audit/stored.ts';
import { compileCredential } from '../../engine/credential/spec/compile.ts';
import { permissionsFor } from '../../engine/permissions/permissions.ts';
import { SYSTEM_NAMESPACES } from '../../engine/policy/match.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { CONTROLLER_FIELD_MANAGER } from '../../kube/client/field-manager.ts';
import type { OversizedObject } from '../../kube/client/oversized-object.ts';
import { type CredentialResource, POSTGRES_CREDENTIALS } from '../../kube/objects/postgres-credentials.ts';
import { listStoredSecrets } from '../../kube/secrets/list-secrets.ts';
import { recordName } from '../../kube/secrets/record-name.ts';
import { secretMetadataTarget } from '../../kube/secrets/secret-metadata.ts';
import type { Log } from '../../log.ts';
import type { ControllerMetricsPage } from '../../metrics.ts';
import { controllerNetworks } from '../../postgres/protocol/server-networks.ts';
import { changeFinalizer } from '../adapters/change-finalizer.ts';
import { clusterAdapter, podContext } from '../adapters/cluster-adapter.ts';
import { postgresAdapter } from '../adapters/postgres-adapter.ts';
import { provenRoleStore } from '../adapters/proven-role-store.ts';
import { sleepUntilAborted } from '../cli/sleep.ts';
import type { ClusterPolicies } from '../pod/cluster-policies.ts';
import { eventRecorder } from '../pod/event-recorder.ts';
import { oversizedReporter, watchWithMetrics } from '../pod/watch-with-metrics.ts';
import { credentialMetricsObserver } from './credential-metrics.ts';
import { credentialStatusWriter } from './credential-status-writer.ts';
import { startFindingsReporter } from './findings-reporter.ts';
import { guardedCluster, guardedPostgres } from './leadership-guard.ts';
import { createReconcileLog } from './reconcile-log.ts';
import { waitForResync } from './resync-timer.ts';

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

/** The interval at which it checks for policies. */
const POLICIES_POLL_MS = 500;

/** Runs the work of the leader, which starts from nothing at each campaign that it wins. */
export function secretController(
  parts: SecretControllerParts,
): (signal: AbortSignal, mayWrite: () => boolean) => Promise<void> {
  return (signal, mayWrite) =>
    runSecretController({ ...parts, cluster: guardedCluster(parts.cluster, mayWrite) }, signal, mayWrite);
}

async function runSecretController(
  parts: SecretControllerParts,
  signal: AbortSignal,
  mayWrite: () => boolean,
): Promise<void> {
  const { cluster, config, policies, log, metrics, identity } = parts;
  const context = podContext(config, parts.cpu);
  const networks = controllerNetworks(cluster.server, config.serverNetworks);
  const ignoredNamespaces = [...SYSTEM_NAMESPACES, config.namespace];
  const reporter = { component: CONTROLLER_FIELD_MANAGER, instance: identity };
  const findingsReporter = startFindingsReporter({ cluster, reporter, log, metrics }, signal);
  const reconcileLog = createReconcileLog({
    log,
    metrics,
    recordEvent: eventRecorder(cluster, reporter, log),
  });
  const conflictBreaker = writeConflictBreaker<SecretKey>({
    onSuspended: reconcileLog.onSuspended,
    onResumed: reconcileLog.onResumed,
  });
  const index = versionIndex((key) => queue.add(key), turn);
  const checkTimer = loginCheckTimer(() => performance.now());
  const statusWriter = credentialStatusWriter(() => credentials, { cluster, log }, signal);
  const credentials = credentialStore<CredentialResource>(
    compileCredential,
    (secret) => queue.add(secret),
    statusWriter.wake,
  );
  const credentialMetrics = credentialMetricsObserver({ metrics, now: () => performance.now() });
  metrics.followCredentials(
    () =>
      credentials
        .reports()
        .map(({ stored: { namespace, name }, report: news }) => ({ namespace, name, news })),
    signal,
  );
  const queue = workQueue<SecretKey>({
    handle: (key) => handle(key),
    onStats: ({ depth }) => metrics.setQueueDepth(depth),
    onError: (key, error) => {
      if (!signal.aborted) reconcileLog.onError(key, error);
    },
    // A server that never answers delays only the logins of its own namespace.
    limitGroupOf: (key) => {
      const ref = refOf(key);
      const isLogin = (credentials.forSecret(ref) ?? credentials.formerForSecret(ref)) !== undefined;
      return isLogin ? ref.namespace : undefined;
    },
    // A namespace full of Secrets that take long to validate delays no other namespace.
    fairnessGroupOf: (key) => refOf(key).namespace,
    now: () => performance.now(),
    random: Math.random,
    sleep: sleepUntilAborted,
  });

  const clusterPorts = clusterAdapter({
    cluster,
    fieldManager: CONTROLLER_FIELD_MANAGER,
    rolloutTimeout: config.rolloutSeconds * 1000,
    onRolloutEvent: reconcileLog.onRolloutEvent,
    signal,
  });
  const credentialParts = { cluster, credentials, manager: CONTROLLER_FIELD_MANAGER };
  const deps: ReconcilerDeps = {
    ...clusterPorts,
    ...indexedPorts(clusterPorts, index),
    databases: guardedPostgres(postgresAdapter(networks), mayWrite),
    context: { ...context, now: clusterPorts.clock.now },
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
    mayWrite: (ref) => conflictBreaker.mayWrite(keyOf(ref), performance.now()),
    enqueue: (ref) => queue.add(keyOf(ref)),
    reports: {
      recordEvent: reconcileLog.recordEvent,
      onWritten: (ref, why) => {
        // The breaker counts heals alone: a rotation has its own pace, and a person requests a rollback.
        if (why.kind === 'healed') conflictBreaker.recordWrite(keyOf(ref), performance.now());
        reconcileLog.onWritten(ref, why);
      },
      reportFindings: (audited, { uid }) => findingsReporter.observe(audited, uid),
      reportOverdueKeys: reconcileLog.reportOverdueKeys,
      reportStatus: credentials.report,
      forget: (ref) => {
        findingsReporter.forget(ref.namespace, ref.name);
        conflictBreaker.forget(keyOf(ref));
        checkTimer.forget(keyOf(ref));
        credentialMetrics.forget(keyOf(ref));
      },
    },
  };

  async function handle(key: SecretKey): Promise<ReconcileResult> {
    return reconcileLog.reconcile(key, credentialMetrics.instrument(key, deps), (instrumented) =>
      reconcileSecret(refOf(key), instrumented),
    );
  }

  const reportOversized = oversizedReporter('secrets', log, metrics);
  const onOversized = (oversized: OversizedObject): void => {
    reportOversized(oversized);
    if (oversized.name !== '') findingsReporter.observe(auditUnreadable({ unread: oversized }), '');
  };

  let scannedRevision: unknown;
  let scanDurationMs = 0;

  async function scanAll(): Promise<void> {
    const startedAt = performance.now();
    findingsReporter.scanStarted();
    const policySet = policies.current();
    scannedRevision = policies.revision();
    await fullScan({
      secrets: () => listStoredSecrets(cluster, ignoredNamespaces, { signal, onOversized }),
      needsReconcile: ({ secret, uid }) => {
        const permissions = permissionsFor(secret, policies.labelsOf(secret.namespace), policySet, context);
        const audited = auditStored(permissions, context);
        // Only the record shows which keys the controller corrects, and the full scan does not read it.
        if (permissions.mayHeal && audited.decision.findings.length > 0)
          findingsReporter.markSeen(secret.namespace, secret.name);
        else findingsReporter.observe(audited, uid);
        return (
          permissions.needsReconcile ||
          (credentials.forSecret(secret) ?? credentials.formerForSecret(secret)) !== undefined
        );
      },
      index,
      enqueue: queue.add,
    });
    findingsReporter.scanEnded();
    scanDurationMs = performance.now() - startedAt;
  }

  const secretWatch = watchWithMetrics(cluster, secretMetadataTarget(ignoredNamespaces), {
    resource: 'secrets',
    log,
    metrics,
    onReplaced: index.replaced,
    onChanged: index.changed,
    onRemoved: index.removed,
  });

  const credentialWatch = watchWithMetrics(cluster, POSTGRES_CREDENTIALS, {
    resource: 'postgrescredentials',
    log,
    metrics,
    onReplaced: credentials.replace,
    onChanged: credentials.upsert,
    onRemoved: credentials.remove,
  });
  credentialWatch.start(signal);

  while ((policies.notReadyReason() !== undefined || !credentialWatch.isRead()) && !signal.aborted)
    await sleepUntilAborted(POLICIES_POLL_MS, signal);
  await runResyncLoop(
    {
      fullScan: () => reconcileLog.fullScan(scanAll),
      watch: (stopSignal) => secretWatch.start(stopSignal),
      runQueue: (stopSignal) => queue.run(stopSignal),
      // A resync takes at most half of the time, however often policies change.
      waitForResync: (maxWait, stopSignal) =>
        waitForResync(
          { ...clock, revision: policies.revision, scannedRevision, minWait: scanDurationMs, maxWait },
          stopSignal,
        ),
      onScanFailed: reconcileLog.onScanFailed,
      resyncInterval: config.resyncSeconds * 1000,
    },
    signal,
  );
}

const clock = { now: () => performance.now(), pause: sleepUntilAborted };

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
