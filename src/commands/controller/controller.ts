import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import type { ControllerConfig } from '../../config.ts';
import { lead } from '../../controllers/leader-election/elector.ts';
import { leaseHeartbeat } from '../../controllers/leader-election/lease-heartbeat.ts';
import type { Lead } from '../../controllers/leader-election/term.ts';
import { complaint, isConflict } from '../../errors.ts';
import { connect } from '../../kube/client/connect.ts';
import { CONTROLLER_LEASE, leaseKeeper } from '../../kube/client/lease.ts';
import { type Log, openLog } from '../../log.ts';
import { openControllerMetrics } from '../../metrics.ts';
import type { Shell } from '../cli/shell.ts';
import { countSignals } from '../cli/signals.ts';
import { pause } from '../cli/sleep.ts';
import { clusterPolicies } from '../pod/cluster-policies.ts';
import { listenOn } from '../pod/listen.ts';
import { readPolicies } from '../pod/policies.ts';
import { probeServer } from '../pod/probe-server.ts';
import { synchronizer } from './secret-controller.ts';

/** For what is under way when a signal comes: less than the 30 s of a pod. What is cut off is gone on with by whoever leads next. Milliseconds. */
const GRACE = 20_000;

/**
 * Runs until a signal comes: stands for the lead, and while it has it does what a synchronizer does. Throws a LockstepError where it can't start.
 */
export async function controller(config: ControllerConfig, shell: Shell): Promise<void> {
  // Most of what is read is garbage at once.
  setFlagsFromString('--optimize-for-size');
  const log = openLog(shell.stderr.fd, config.logLevel);
  const metrics = openControllerMetrics(config);
  const cluster = connect(config.kubeconfig === undefined ? {} : { kubeconfig: config.kubeconfig });
  const files = await readPolicies(config, shell.root, log);
  const identity = `${hostname()}_${randomUUID()}`;

  const policies = clusterPolicies({
    cluster,
    files,
    writesStatus: false,
    log,
    metrics: { ...metrics, keepPolicies: async () => {} },
  });
  const work = synchronizer({ cluster, config, policies, log, metrics, identity, cpu: shell.cpu });
  const place = { namespace: config.namespace, name: CONTROLLER_LEASE };
  const lease = leaseHeartbeat(
    leaseKeeper(cluster, place, () => new Date()),
    () => performance.now(),
  );
  const probes = probeServer({
    checks: [
      { name: 'policies', ailing: policies.ailing },
      { name: 'lease', ailing: lease.ailing },
    ],
    stopped: lease.stopped,
    metrics: metrics.page,
    metricsType: metrics.contentType,
  });
  const stopPolicies = policies.start();
  const signals = countSignals(shell);
  const stop = new AbortController();
  void signals.first.then(() => stop.abort());

  try {
    const { host, metricsPort } = config;
    const port = await listenOn(probes, { host, port: metricsPort }, 'metrics-port');
    log.info('controller started', { host, metricsPort: port, identity });
    const leading = lead(
      {
        ...lease,
        identity,
        isConflict,
        work,
        now: () => performance.now(),
        random: Math.random,
        sleep: pause,
        told: (told) => tellLead(told, log, metrics.setLeader),
        failing: failingLease(log),
      },
      stop.signal,
    );
    const tooLong = signals.first.then(() => sleep(GRACE, undefined, { ref: false }));
    await Promise.race([leading, signals.second, tooLong]);
  } catch (error) {
    log.error('controller ends', complaint(error));
    throw error;
  } finally {
    stopPolicies();
    await probes.close();
    log.info('controller stopped');
    log.flush();
  }
}

function tellLead({ leading, by }: Lead, log: Log, setLeader: (leads: boolean) => void): void {
  setLeader(leading);
  if (leading) log.info('leading');
  else log.info('not leading', { by });
}

/** The same reason is told once. */
function failingLease(log: Log): (error: unknown) => void {
  let isFailing = false;
  return (error) => {
    if (error !== undefined) log.warn('the lease can not be kept', complaint(error));
    else if (isFailing) log.info('the lease is kept again');
    isFailing = error !== undefined;
  };
}
