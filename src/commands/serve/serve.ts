import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { type AdmissionServer, admissionServer } from '../../admission/http/server.ts';
import { warmUp } from '../../admission/review/webhook.ts';
import type { ServeConfig } from '../../config.ts';
import { complaint } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { type Log, openLog } from '../../log.ts';
import { type Metrics, openMetrics } from '../../metrics.ts';
import type { CertificateSource } from '../../tls/source.ts';
import type { Shell } from '../cli/shell.ts';
import { countSignals } from '../cli/signals.ts';
import { clusterPolicies } from '../pod/cluster-policies.ts';
import { eventTeller, type Teller } from '../pod/event-recorder.ts';
import { listenOn } from '../pod/listen.ts';
import { bind, filePolicies, policyJudge, readPolicies, type ServingPolicies } from '../pod/policies.ts';
import { probeServer } from '../pod/probe-server.ts';
import { readiness } from '../pod/readiness.ts';
import { forServer, openCertificate, readClients, watch } from './certificate.ts';
import { openCluster } from './cluster.ts';
import { deniedOwners } from './denial-events.ts';
import { observer } from './review-observer.ts';
import { startSelfProbe } from './self-probe.ts';
import { greeting } from './startup-message.ts';

/** After the drain, for reviews that are still under way: longer than the 3 s the webhook configurations give. Milliseconds. */
const GRACE = 5000;

/** Serves until a signal comes. Throws a LockstepError where it can't start. */
export async function serve(config: ServeConfig, shell: Shell): Promise<void> {
  // 25 MB less for a twentieth more of CPU: most of a review is garbage once it is answered, and V8 would rather make room for it.
  setFlagsFromString('--optimize-for-size');
  const log = openLog(shell.stderr.fd, config.logLevel);
  const metrics = openMetrics();
  const cluster = await openCluster(config, log);
  const files = await readPolicies(config, shell.root, log);
  const policies =
    cluster === undefined
      ? filePolicies(files, metrics)
      : clusterPolicies({ cluster, files, writesStatus: config.inPod, log, metrics });
  const certificate = await openCertificate(config, log, metrics, cluster);
  const engine = bind(policies, config, shell);

  const state: State = { warm: false, draining: false };
  const server = admissionServer({
    engine,
    acquainted: policies.acquainted,
    policies: policyJudge,
    certificate: forServer(certificate.get()),
    clients: await readClients(config),
    refusesUnread: ({ username }) => config.maxAction === 'Enforce' && !config.warnOnlyUsers.has(username),
    unread: ({ uid, operation, namespace, name, username }, { code }, verdict) => {
      metrics.unread(code);
      log.warn('review not read', { uid, operation, namespace, name, user: username, verdict, code });
    },
    clock: () => performance.now(),
    observe: observer(log, metrics, () => performance.now(), tellOwners(config, log, cluster)),
    failed: (error, status) => reportFailure(error, status, log, metrics),
  });
  const checks = checksOf(state, policies, certificate);
  const isReady = (): boolean => readiness(checks).ready;
  metrics.readyWhen(isReady);
  const probes = probeServer({
    checks,
    metrics: metrics.page,
    metricsType: metrics.contentType,
  });
  const stops = [policies.start(), watch(certificate, server, log, metrics)];
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
    warmUp(engine);
    state.warm = true;
    const names = files.map(({ name }) => name);
    log.info('serving', { host: config.host, port, metricsPort, policies: names });
    if (!config.inPod) {
      shell.stdout.write(
        greeting({ config, port, metricsPort, root: shell.root, policies: names, files: certificate.get() }),
      );
    }
    await signals.first;
    await drain(config, state, server, signals.second, log);
  } finally {
    for (const stop of stops) stop();
    await Promise.all([server.close(signals.count() > 1 ? 0 : GRACE), probes.close()]);
    log.flush();
  }
}

interface State {
  warm: boolean;
  draining: boolean;
}

/** Owners live in the cluster that a pod serves. Outside of a pod a kubeconfig is there to read policies by, and nobody expects Events. */
function tellOwners(
  { inPod }: ServeConfig,
  log: Log,
  cluster: Cluster | undefined,
): ReturnType<typeof deniedOwners> | undefined {
  if (cluster === undefined || !inPod) return undefined;
  const teller: Teller = { component: 'lockstep-webhook', instance: hostname() };
  return deniedOwners({ tell: eventTeller(cluster, teller, log), now: () => Date.now() });
}

function checksOf(state: State, policies: ServingPolicies, certificate: CertificateSource) {
  return [
    { name: 'shutdown', ailing: () => (state.draining ? 'lockstep is being stopped' : undefined) },
    { name: 'policies', ailing: policies.ailing },
    { name: 'certificate', ailing: () => certificate.ailing(new Date()) },
    { name: 'review', ailing: () => (state.warm ? undefined : 'no review has been answered yet') },
  ];
}

function reportFailure(error: unknown, status: number, log: Log, metrics: Metrics): void {
  metrics.failed(status);
  log.warn('request refused', { status, ...complaint(error) });
}

/**
 *     SIGTERM ─ not ready ─────────────── endpoints are taken back ──┬─ close ── the last answers ── exit
 *     answers   … Connection: close, Connection: close, …            └─ drainSeconds later, or at a second signal
 */
async function drain(
  { drainSeconds }: ServeConfig,
  state: State,
  server: AdmissionServer,
  atOnce: Promise<void>,
  log: Log,
): Promise<void> {
  state.draining = true;
  server.drain();
  log.info('draining', { seconds: drainSeconds });
  log.flush();
  await Promise.race([sleep(drainSeconds * 1000), atOnce]);
}
