import { hostname } from 'node:os';
// biome-ignore lint/correctness/noUnresolvedImports: Biome does not know this module of Node.
import { isSea } from 'node:sea';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { type AdmissionServer, admissionServer } from '../../admission/http/server.ts';
import type { ServeConfig } from '../../config/config.ts';
import { errorFields } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { createLog, type Log, type ProcessLog } from '../../log.ts';
import { createMetrics, type Metrics } from '../../metrics/metrics.ts';
import type { CertificateSource } from '../../tls/source.ts';
import type { Shell } from '../cli/shell.ts';
import { countSignals } from '../cli/signals.ts';
import { clusterPolicies } from '../pod/cluster-policies.ts';
import { type EventReporter, eventRecorder, type RecordEvent } from '../pod/event-recorder.ts';
import { listenOn } from '../pod/listen.ts';
import {
  bindEngine,
  filePolicies,
  policyValidator,
  readPolicies,
  type ServingPolicies,
} from '../pod/policies.ts';
import { probeServer } from '../pod/probe-server.ts';
import { readiness } from '../pod/readiness.ts';
import { openCertificate, readClients, toServingCertificate, watchCertificate } from './certificate.ts';
import { openCluster } from './cluster.ts';
import { denialEvents } from './denial-events.ts';
import { reviewObserver } from './review-observer.ts';
import { startSelfProbe } from './self-probe.ts';
import { startupMessage } from './startup-message.ts';

/** The time after the drain for reviews in progress, longer than the 3 s of the webhook configurations. */
const SHUTDOWN_GRACE_MS = 5000;

/** Serves until a signal comes. Throws a LockstepError if it can't start. */
export async function serve(config: ServeConfig, shell: Shell): Promise<void> {
  const metrics = createMetrics();
  const log = createLog(shell.stderr.fd, config.logLevel, metrics.recordLostLine);
  const cluster = await openCluster(config, shell.env, log);
  const files = await readPolicies(config, shell.root, log);
  const policies =
    cluster === undefined
      ? filePolicies(files, metrics)
      : clusterPolicies({
          cluster,
          files,
          writesStatus: config.inPod
            ? { maxAction: config.maxAction, recordEvent: webhookEvents(cluster, log) }
            : undefined,
          log,
          metrics,
        });
  const certificate = await openCertificate(config, log, metrics, cluster);
  const engine = bindEngine(policies, config, shell);

  const observe = reviewObserver(log, metrics, () => performance.now(), denialObserver(config, log, cluster));

  const state: ServingState = { draining: false };
  const server = admissionServer({
    engine,
    awaitNamespace: policies.labelsKnown,
    policies: policyValidator(policies),
    certificate: toServingCertificate(certificate.current()),
    clients: await readClients(config),
    deniesUnread: ({ username }) => config.maxAction === 'Enforce' && !config.warnOnlyUsers.has(username),
    onUnread: ({ uid, operation, namespace, name, username }, { code }, verdict, traceparent) => {
      metrics.recordUnread(code);
      const names = { uid, traceparent, operation, namespace, name, user: username };
      log.warn('review not read', { ...names, verdict, code });
    },
    clock: () => performance.now(),
    onReview: observe,
    onError: (error, status) => logFailure(error, status, log, metrics),
  });
  const checks = readinessChecks(state, policies, certificate);
  const isReady = (): boolean => readiness(checks).ready;
  metrics.setReadinessSource(isReady);
  const probes = probeServer({
    checks,
    metrics: metrics.render,
    metricsType: metrics.contentType,
  });
  const stops = [policies.start(), watchCertificate(certificate, server, log, metrics)];
  if (cluster !== undefined && config.inPod) {
    stops.push(startSelfProbe({ cluster, namespace: config.namespace, ready: isReady, log, metrics }));
  }
  const signals = countSignals(shell);

  try {
    const metricsPort = await listenOn(
      probes,
      { host: config.host, port: config.metricsPort },
      'metrics-port',
    );
    const port = await listenOn(server, { host: config.host, port: config.port }, 'port');
    const names = files.map(({ name }) => name);
    // V8's best compiler takes over a function after 1000 calls instead of 3000. A review takes an eighth less CPU.
    // Earlier, the functions of the start would take 6 MB more.
    setFlagsFromString('--invocation-count-for-turbofan=1000');
    log.info('serving', { host: config.host, port, metricsPort, policies: names });
    log.flush();
    if (!config.inPod) {
      // Reviews continue if a full disk or a closed pipe does not take the message.
      shell.onUncaughtError((error) => (error as NodeJS.ErrnoException).syscall === 'write');
      shell.stdout.write(
        startupMessage({
          config,
          port,
          metricsPort,
          // curl can't read a file inside of the executable.
          root: isSea() ? undefined : shell.root,
          policies: names,
          files: certificate.current(),
        }),
      );
    }
    await signals.first;
    await drain(config, state, server, signals.second, log);
  } finally {
    for (const stop of stops) stop();
    await Promise.all([server.close(signals.count() > 1 ? 0 : SHUTDOWN_GRACE_MS), probes.close()]);
    await log.close();
  }
}

interface ServingState {
  draining: boolean;
}

/**
 * Only a pod has owners to notify in its cluster. Outside a pod a kubeconfig only provides policies, and Events are
 * unexpected.
 */
function denialObserver(
  { inPod }: ServeConfig,
  log: Log,
  cluster: Cluster | undefined,
): ReturnType<typeof denialEvents> | undefined {
  if (cluster === undefined || !inPod) return undefined;
  return denialEvents({ recordEvent: webhookEvents(cluster, log), now: () => Date.now() });
}

function webhookEvents(cluster: Cluster, log: Log): RecordEvent {
  const reporter: EventReporter = { component: 'lockstep-webhook', instance: hostname() };
  return eventRecorder(cluster, reporter, log);
}

function readinessChecks(state: ServingState, policies: ServingPolicies, certificate: CertificateSource) {
  return [
    { name: 'shutdown', notReadyReason: () => (state.draining ? 'lockstep is being stopped' : undefined) },
    { name: 'policies', notReadyReason: policies.notReadyReason },
    { name: 'certificate', notReadyReason: () => certificate.notReadyReason(new Date()) },
  ];
}

function logFailure(error: unknown, status: number, log: Log, metrics: Metrics): void {
  metrics.recordError(status);
  log.warn('request refused', { status, ...errorFields(error) });
}

/**
 *     SIGTERM ─ not ready ─────────────── endpoints are taken back ──┬─ close ── the last answers ── exit
 *     answers   … Connection: close, Connection: close, …            └─ drainSeconds later, or at a second signal
 */
async function drain(
  { drainSeconds }: ServeConfig,
  state: ServingState,
  server: AdmissionServer,
  stopNow: Promise<void>,
  log: ProcessLog,
): Promise<void> {
  state.draining = true;
  server.drain();
  log.info('draining', { seconds: drainSeconds });
  log.flush();
  await Promise.race([sleep(drainSeconds * 1000), stopNow]);
}
