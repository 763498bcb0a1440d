import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import type { ControllerConfig } from '../../config/config.ts';
import { runElector } from '../../controllers/leader-election/elector.ts';
import { leaseHeartbeat } from '../../controllers/leader-election/lease-heartbeat.ts';
import type { Leadership } from '../../controllers/leader-election/term.ts';
import { endWorkOf } from '../../errors/contained-work.ts';
import { errorFields, isConflict } from '../../errors/errors.ts';
import { connectWithLogin } from '../../kube/client/connect.ts';
import { CONTROLLER_LEASE, leaseClient } from '../../kube/client/lease.ts';
import { createLog, type Log } from '../../log.ts';
import { createControllerMetrics } from '../../metrics/metrics.ts';
import { sleepUntilAborted } from '../../sleep.ts';
import type { Shell } from '../cli/shell.ts';
import { countSignals } from '../cli/signals.ts';
import { clusterPolicies } from '../pod/cluster-policies.ts';
import { listenOn } from '../pod/listen.ts';
import { readPolicies } from '../pod/policies.ts';
import { probeServer } from '../pod/probe-server.ts';
import { secretController } from './secret-controller.ts';

/**
 * The time for work in progress at a signal, less than the 30 s of a pod. The next leader continues the work that is
 * cut off.
 */
const SHUTDOWN_GRACE_MS = 20_000;

/**
 * Runs until a signal comes. It campaigns for the Lease, and reconciles Secrets while it leads. Throws a LockstepError
 * if it can't start.
 */
export async function controller(config: ControllerConfig, shell: Shell): Promise<void> {
  // Most of the data becomes garbage at once.
  setFlagsFromString('--optimize-for-size');
  const metrics = createControllerMetrics();
  const log = createLog(shell.stderr.fd, config.logLevel, metrics.recordLostLine);
  const cluster = await connectWithLogin({
    kubeconfig: config.kubeconfig,
    context: config.context,
    env: shell.env,
  });
  const files = await readPolicies(config, shell.root, log);
  const identity = `${hostname()}_${randomUUID()}`;

  const policies = clusterPolicies({
    cluster,
    files,
    writesStatus: undefined,
    log,
    metrics: { ...metrics, keepPolicies: async () => {} },
  });
  const runLeader = secretController({ cluster, config, policies, log, metrics, identity, cpu: shell.cpu });
  const leaseRef = { namespace: config.namespace, name: CONTROLLER_LEASE };
  const lease = leaseHeartbeat(
    leaseClient(cluster, leaseRef, () => new Date()),
    () => performance.now(),
  );
  const probes = probeServer({
    checks: [
      { name: 'policies', notReadyReason: policies.notReadyReason },
      { name: 'lease', notReadyReason: lease.notReadyReason },
    ],
    unhealthyReason: lease.stoppedReason,
    metrics: metrics.render,
    metricsType: metrics.contentType,
  });
  const stopPolicies = policies.start();
  const signals = countSignals(shell);
  const stop = new AbortController();
  void signals.first.then(() => stop.abort());
  shell.onUncaughtError(endWorkOf);

  try {
    const { host, metricsPort } = config;
    const port = await listenOn(probes, { host, port: metricsPort }, 'metrics-port');
    log.info('controller started', { host, metricsPort: port, identity });
    const election = runElector(
      {
        ...lease,
        identity,
        isConflict,
        work: runLeader,
        now: () => performance.now(),
        random: Math.random,
        sleep: sleepUntilAborted,
        onChange: (leadership) => logLeadership(leadership, log, metrics.setLeader),
        onError: (error) => logLeaseError(error, log),
      },
      stop.signal,
    );
    const graceOver = signals.first.then(() => sleep(SHUTDOWN_GRACE_MS, undefined, { ref: false }));
    await Promise.race([election, signals.second, graceOver]);
  } catch (error) {
    log.error('controller ends', errorFields(error));
    throw error;
  } finally {
    stopPolicies();
    await probes.close();
    log.info('controller stopped');
    await log.close();
  }
}

function logLeadership(
  { leading, leader }: Leadership,
  log: Log,
  setLeader: (isLeader: boolean) => void,
): void {
  setLeader(leading);
  if (leading) log.info('leading');
  else log.info('not leading', { by: leader });
}

function logLeaseError(error: unknown, log: Log): void {
  if (error === undefined) log.info('the Lease is renewed again');
  else log.warn('the Lease can not be renewed', errorFields(error));
}
