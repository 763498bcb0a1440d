import { setImmediate as turn } from 'node:timers/promises';
import type { ControllerConfig } from '../../config.ts';
import { loginChecks } from '../../controllers/credential/login-check-timer.ts';
import { credentialStore } from '../../controllers/credential/store.ts';
import { sweep } from '../../controllers/informer/full-scan.ts';
import { synchronise } from '../../controllers/informer/resync-loop.ts';
import { keyOf, placeOf, type SecretKey, secretIndex } from '../../controllers/informer/version-index.ts';
import { workQueue } from '../../controllers/queue/work-queue.ts';
import { hotLoop } from '../../controllers/queue/write-conflict-breaker.ts';
import {
  type Outcome,
  reconcileSecret,
  type SecretReconcilerNeeds,
} from '../../controllers/secret/reconciler.ts';
import { auditUnread } from '../../engine/audit/audit.ts';
import { auditStored } from '../../engine/audit/stored.ts';
import { compileCredential } from '../../engine/credential/spec/compile.ts';
import { mandateOver } from '../../engine/permissions/permissions.ts';
import { SYSTEM_NAMESPACES } from '../../engine/policy/match.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { CONTROLLER } from '../../kube/client/field-manager.ts';
import type { Oversized } from '../../kube/client/oversized-object.ts';
import { POSTGRES_CREDENTIALS, type StoredCredential } from '../../kube/objects/postgres-credentials.ts';
import { readStoredSecrets } from '../../kube/secrets/list-secrets.ts';
import { recordName } from '../../kube/secrets/record-name.ts';
import { secretHeads } from '../../kube/secrets/secret-metadata.ts';
import type { Log } from '../../log.ts';
import type { ControllerPage } from '../../metrics.ts';
import { controllerNetworks } from '../../postgres/protocol/server-networks.ts';
import { changeFinalizer } from '../adapters/change-finalizer.ts';
import { inCluster, surroundingsOf } from '../adapters/cluster-adapter.ts';
import { inPostgres } from '../adapters/postgres-adapter.ts';
import { proofKeeper } from '../adapters/proven-role-store.ts';
import { pause } from '../cli/sleep.ts';
import type { ClusterPolicies } from '../pod/cluster-policies.ts';
import { eventTeller } from '../pod/event-recorder.ts';
import { follow, tellOversized } from '../pod/watch-with-metrics.ts';
import { loginLog } from './credential-metrics.ts';
import { credentialStatuses } from './credential-status-writer.ts';
import { startReports } from './findings-reporter.ts';
import { clusterWhileLeading, postgresWhileLeading } from './leadership-guard.ts';
import { workLog } from './reconcile-log.ts';
import { untilDue } from './resync-timer.ts';

export interface SynchronizerParts {
  readonly cluster: Cluster;
  readonly config: ControllerConfig;
  readonly policies: Pick<ClusterPolicies, 'current' | 'inForce' | 'labelsOf' | 'ailing'>;
  readonly log: Log;
  readonly metrics: ControllerPage;
  /** Of this process, for the Events that it tells. */
  readonly identity: string;
  /** See Shell. */
  readonly cpu: () => number;
}

/** Between two looks at whether the policies are there. Milliseconds. */
const LOOK = 500;

/** What the leader does, from nothing, each time that it comes to lead. */
export function synchronizer(
  parts: SynchronizerParts,
): (signal: AbortSignal, mayWrite: () => boolean) => Promise<void> {
  return (signal, mayWrite) =>
    work({ ...parts, cluster: clusterWhileLeading(parts.cluster, mayWrite) }, signal, mayWrite);
}

async function work(parts: SynchronizerParts, signal: AbortSignal, mayWrite: () => boolean): Promise<void> {
  const { cluster, config, policies, log, metrics, identity } = parts;
  const around = surroundingsOf(config, parts.cpu);
  const networks = controllerNetworks(cluster.server, config.serverNetworks);
  const passedBy = [...SYSTEM_NAMESPACES, config.namespace];
  const teller = { component: CONTROLLER, instance: identity };
  const reports = startReports({ cluster, teller, log, metrics }, signal);
  const journal = workLog({ log, metrics, event: eventTeller(cluster, teller, log) });
  const fights = hotLoop<SecretKey>({ suspended: journal.suspended, freed: journal.freed });
  const index = secretIndex((key) => queue.add(key), turn);
  const checks = loginChecks(() => performance.now());
  const statuses = credentialStatuses(() => credentials, { cluster, log }, signal);
  const credentials = credentialStore<StoredCredential>(
    compileCredential,
    (secret) => queue.add(secret),
    statuses.wake,
  );
  const logins = loginLog({ metrics, now: () => performance.now() });
  metrics.followCredentials(
    () => credentials.said().map(({ stored: { namespace, name }, news }) => ({ namespace, name, news })),
    signal,
  );
  const queue = workQueue<SecretKey>({
    handle: (key) => handle(key),
    observe: ({ depth }) => metrics.setQueueDepth(depth),
    failed: (key, error) => {
      if (!signal.aborted) journal.failed(key, error);
    },
    // A server that never answers holds up the logins of its own namespace alone.
    laneOf: (key) => {
      const place = placeOf(key);
      const isLogin = (credentials.of(place) ?? credentials.formerOf(place)) !== undefined;
      return isLogin ? place.namespace : undefined;
    },
    // A namespace full of Secrets that take long to judge does not hold up those of another one.
    groupOf: (key) => placeOf(key).namespace,
    now: () => performance.now(),
    random: Math.random,
    sleep: pause,
  });

  const asApi = inCluster({
    cluster,
    manager: CONTROLLER,
    rolloutTimeout: config.rolloutSeconds * 1000,
    told: journal.rollout,
    signal,
  });
  const needs: SecretReconcilerNeeds = {
    ...asApi,
    ...postgresWhileLeading(inPostgres(networks), mayWrite),
    credentialOf: credentials.of,
    formerCredentialOf: credentials.formerOf,
    report: credentials.report,
    ...changeFinalizer({ cluster, credentials, manager: CONTROLLER }),
    ...proofKeeper({ cluster, credentials, manager: CONTROLLER }),
    checks,
    restorers: new Set(config.restoreFieldManagers),
    readSecret: async (place) => {
      const held = await asApi.readSecret(place);
      if (held !== undefined) index.seen(keyOf(place), held.resourceVersion);
      return held;
    },
    // As no news: else what fails after it would have itself tried again each second.
    writeRecord: (place, record, before) =>
      index.writing(keyOf({ ...place, name: recordName(place.name) }), () =>
        asApi.writeRecord(place, record, before),
      ),
    policies: policies.current,
    labelsOf: policies.labelsOf,
    around: { ...around, now: asApi.now },
    history: config.history,
    propagation: config.propagationSeconds * 1000,
    mayWrite: (place) => fights.mayWrite(keyOf(place), performance.now()),
    wrote: (place, why) => {
      // A rotation has its own pace, and a rollback is somebody's wish.
      if (why.kind === 'healed') fights.wrote(keyOf(place), performance.now());
      journal.wrote(place, why);
    },
    observe: (audited, { uid }) => reports.observe(audited, uid),
    forget: (place) => {
      reports.forget(place.namespace, place.name);
      fights.forget(keyOf(place));
      checks.forget(keyOf(place));
      logins.forget(keyOf(place));
    },
    lookAt: (place) => queue.add(keyOf(place)),
    aged: journal.aged,
    tell: journal.tell,
  };

  async function handle(key: SecretKey): Promise<Outcome> {
    return journal.step(key, logins.watched(key, needs), (watched) => reconcileSecret(placeOf(key), watched));
  }

  const tellUnread = tellOversized('secrets', log, metrics);
  const onOversized = (oversized: Oversized): void => {
    tellUnread(oversized);
    if (oversized.name !== '') reports.observe(auditUnread({ unread: oversized }), '');
  };

  let swept: unknown;
  /** Milliseconds. */
  let took = 0;

  async function sweepAll(): Promise<void> {
    const begun = performance.now();
    reports.sweepBegins();
    const set = policies.current();
    swept = policies.inForce();
    await sweep({
      secrets: () => readStoredSecrets(cluster, passedBy, { signal, onOversized }),
      look: ({ secret, uid }) => {
        const mandate = mandateOver(secret, policies.labelsOf(secret.namespace), set, around);
        const audited = auditStored(mandate, around);
        // Only the record tells what the controller corrects, and it is not read here.
        if (mandate.heals && audited.decision.findings.length > 0)
          reports.keep(secret.namespace, secret.name);
        else reports.observe(audited, uid);
        return mandate.isAttended || (credentials.of(secret) ?? credentials.formerOf(secret)) !== undefined;
      },
      index,
      lookAt: queue.add,
    });
    reports.sweepEnds();
    took = performance.now() - begun;
  }

  const heads = follow(cluster, secretHeads(passedBy), {
    resource: 'secrets',
    log,
    metrics,
    replaced: index.replaced,
    changed: index.changed,
    removed: index.removed,
  });

  const meant = follow(cluster, POSTGRES_CREDENTIALS, {
    resource: 'postgrescredentials',
    log,
    metrics,
    replaced: credentials.replace,
    changed: credentials.put,
    removed: credentials.remove,
  });
  meant.start(signal);

  while ((policies.ailing() !== undefined || !meant.isRead()) && !signal.aborted) await pause(LOOK, signal);
  await synchronise(
    {
      sweep: () => journal.sweep(sweepAll),
      watch: (ending) => heads.start(ending),
      work: (ending) => queue.run(ending),
      // At most half of the time goes into sweeps, however often policies change.
      untilDue: (most, ending) =>
        untilDue({ ...clock, policies: policies.inForce, swept, least: took, most }, ending),
      failed: journal.sweepFailed,
      resync: config.resyncSeconds * 1000,
    },
    signal,
  );
}

const clock = { now: () => performance.now(), pause };
