import { setTimeout as sleep } from 'node:timers/promises';
import { probeServer } from '../admission/probes.ts';
import { readiness } from '../admission/readiness.ts';
import { type AdmissionServer, admissionServer } from '../admission/server.ts';
import { warmUp } from '../admission/webhook.ts';
import type { ServeConfig } from '../config.ts';
import type { Policy } from '../engine/policy.ts';
import { complaint } from '../errors.ts';
import { type Log, openLog } from '../log.ts';
import { type Metrics, openMetrics } from '../metrics.ts';
import type { CertificateSource } from '../tls/source.ts';
import { greeting } from './greeting.ts';
import { listenOn } from './listen.ts';
import { observer } from './observe.ts';
import { forServer, openCertificate, watch } from './serving-certificate.ts';
import { bind, countExpired, policyJudge, readPolicies } from './serving-policies.ts';
import type { Shell } from './shell.ts';
import { countSignals } from './signals.ts';

/** After the drain, for reviews that are still under way: longer than the 3 s the webhook configurations give. Milliseconds. */
const GRACE = 5000;

/** Serves until a signal comes. Throws a LockstepError where it can't start. */
export async function serve(config: ServeConfig, shell: Shell): Promise<void> {
  const log = openLog(shell.stderr.fd, config.logLevel);
  const metrics = openMetrics();
  const policies = await readPolicies(config, shell.root, log);
  metrics.setPolicies({ loaded: policies.length, expiredExceptions: countExpired(policies) });
  const certificate = await openCertificate(config, log, metrics);
  const engine = bind(policies, config);

  const state: State = { warm: false, draining: false };
  const server = admissionServer({
    engine,
    policies: policyJudge,
    certificate: forServer(certificate.get()),
    clock: () => performance.now(),
    observe: observer(log, metrics, () => performance.now()),
    failed: (error, status) => reportFailure(error, status, log, metrics),
  });
  const checks = checksOf(state, policies, certificate);
  metrics.readyWhen(() => readiness(checks).ready);
  const probes = probeServer({
    checks,
    metrics: metrics.page,
    metricsType: metrics.contentType,
  });
  const stopWatching = watch(certificate, server, log, metrics);
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
    log.info('serving', { host: config.host, port, metricsPort, policies: policies.map(({ name }) => name) });
    if (!config.inPod) {
      shell.stdout.write(
        greeting({ config, port, metricsPort, root: shell.root, policies, files: certificate.get() }),
      );
    }
    await signals.first;
    await drain(config, state, server, signals.second, log);
  } finally {
    stopWatching();
    await Promise.all([server.close(signals.count() > 1 ? 0 : GRACE), probes.close()]);
    log.flush();
  }
}

interface State {
  warm: boolean;
  draining: boolean;
}

function checksOf(state: State, policies: readonly Policy[], certificate: CertificateSource) {
  return [
    { name: 'shutdown', ailing: () => (state.draining ? 'lockstep is being stopped' : undefined) },
    { name: 'policies', ailing: () => (policies.length === 0 ? 'there is no policy' : undefined) },
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
