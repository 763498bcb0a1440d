import { fullScan } from '../../controllers/informer/full-scan.ts';
import { runResyncLoop, waitForResync } from '../../controllers/informer/resync-loop.ts';
import { refOf } from '../../controllers/informer/version-index.ts';
import { auditUnreadable } from '../../engine/diagnosis/audit/audit.ts';
import { auditStored } from '../../engine/diagnosis/audit/stored.ts';
import { isMarkedAsCopy } from '../../engine/login/copies/login-copy.ts';
import { CREDENTIAL_KINDS } from '../../engine/login/credential-schema/compile.ts';
import { SYSTEM_NAMESPACES } from '../../engine/policy/match/match.ts';
import { permissionsFor } from '../../engine/review/own-writes/permissions.ts';
import { hasBreakGlass } from '../../engine/secret/break-glass.ts';
import { containErrors } from '../../errors/contained-work.ts';
import { errorFields } from '../../errors/errors.ts';
import type { OversizedObject } from '../../kube/client/oversized-object.ts';
import { credentialTarget } from '../../kube/objects/credentials.ts';
import { listStoredSecrets } from '../../kube/secrets/list-secrets.ts';
import { secretMetadataTarget } from '../../kube/secrets/secret-metadata.ts';
import { sleepUntilAborted } from '../../sleep.ts';
import { podContext } from '../adapters/cluster-adapter.ts';
import { oversizedReporter, watchWithMetrics } from '../pod/watch-with-metrics.ts';
import {
  buildController,
  concernsLogin,
  type SecretController,
  type SecretControllerParts,
} from './build-controller.ts';
import { guardedCluster } from './leadership-guard.ts';
import { reconcile } from './reconcile.ts';

/** The interval at which it checks for policies. */
const POLICIES_POLL_MS = 500;

/** Runs the work of the leader, which starts from nothing at each campaign that it wins. */
export function secretController(
  parts: SecretControllerParts,
): (signal: AbortSignal, mayWrite: () => boolean) => Promise<void> {
  return async (signal, mayWrite) => {
    const guarded = { ...parts, cluster: guardedCluster(parts.cluster, mayWrite) };
    await runSecretController(guarded, buildController(guarded, mayWrite, signal), signal);
  };
}

async function runSecretController(
  parts: SecretControllerParts,
  controller: SecretController,
  signal: AbortSignal,
): Promise<void> {
  const { config, policies, log } = parts;
  const { queue, deps, emit } = controller;
  const secretWatch = watchSecrets(parts, controller);
  const credentialWatches = watchCredentials(parts, controller);
  const scan = secretScan(parts, controller, signal);
  for (const watch of credentialWatches) watch.start(signal);
  const isRead = (): boolean => credentialWatches.every((watch) => watch.isRead());
  while ((policies.notReadyReason() !== undefined || !isRead()) && !signal.aborted)
    await sleepUntilAborted(POLICIES_POLL_MS, signal);
  const handler = {
    handle: (key: string) => containErrors(() => reconcile(refOf(key), deps, clock.now)),
    onError: (key: string, error: unknown) => {
      if (!signal.aborted) emit({ kind: 'reconcile-failed', secret: refOf(key), error });
    },
  };
  await runResyncLoop(
    {
      fullScan: scan.run,
      watch: (stopSignal) => secretWatch.start(stopSignal),
      runQueue: (stopSignal) => queue.run(handler, stopSignal),
      waitForResync: scan.waitUntilDue,
      onScanFailed: (error) => log.warn('full scan failed, retrying', errorFields(error)),
      resyncInterval: config.resyncSeconds * 1000,
    },
    signal,
  );
}

const watchSecrets = (
  { cluster, config, log, metrics }: SecretControllerParts,
  { index }: SecretController,
) =>
  watchWithMetrics(cluster, secretMetadataTarget(ignoredNamespaces(config)), {
    resource: 'secrets',
    log,
    metrics,
    onReplaced: index.replaced,
    onChanged: index.changed,
    onRemoved: index.removed,
  });

const watchCredentials = (
  { cluster, log, metrics }: SecretControllerParts,
  { credentials }: SecretController,
) =>
  CREDENTIAL_KINDS.map((kind) => {
    const target = credentialTarget(kind);
    return watchWithMetrics(cluster, target, {
      resource: target.resource,
      log,
      metrics,
      onReplaced: (all) => credentials.replace(kind, all),
      onChanged: credentials.upsert,
      onRemoved: credentials.remove,
    });
  });

const ignoredNamespaces = ({
  namespace,
  excludedNamespaces,
}: SecretControllerParts['config']): readonly string[] => [
  ...new Set([...SYSTEM_NAMESPACES, namespace, ...excludedNamespaces]),
];

/** The full scan of all Secrets: it reports their findings, and puts those that need a reconcile into the queue. */
function secretScan(
  { cluster, config, policies, log, metrics, cpu }: SecretControllerParts,
  { queue, index, credentials, findings }: SecretController,
  signal: AbortSignal,
) {
  const context = podContext(config, cpu);
  const reportOversized = oversizedReporter('secrets', log);
  const onOversized = (oversized: OversizedObject): void => {
    reportOversized(oversized);
    if (oversized.name !== '') findings.observe(auditUnreadable({ unread: oversized }), '');
  };
  let scannedRevision: unknown;
  let scanDurationMs = 0;

  async function scanAll(): Promise<void> {
    const startedAt = clock.now();
    const current = policies.current();
    findings.scanStarted();
    scannedRevision = policies.revision();
    await fullScan({
      secrets: () => listStoredSecrets(cluster, ignoredNamespaces(config), { signal, onOversized }),
      needsReconcile: ({ secret, uid }) => {
        const permissions = permissionsFor(secret, policies.labelsOf(secret.namespace), current, context);
        const audited = auditStored(permissions, context);
        // Only the record shows which keys the controller corrects, and the full scan does not read it.
        if (permissions.mayHeal && audited.decision.findings.length > 0) {
          findings.markSeen(secret.namespace, secret.name);
        } else {
          findings.observe(audited, uid);
        }
        return (
          permissions.needsReconcile ||
          hasBreakGlass(secret) ||
          isMarkedAsCopy(secret) ||
          concernsLogin(credentials, secret)
        );
      },
      index,
      enqueue: queue.add,
    });
    findings.scanEnded();
    scanDurationMs = clock.now() - startedAt;
  }

  return {
    run: async (): Promise<void> => {
      await scanAll();
      metrics.recordResync(new Date(), scanDurationMs);
      log.info('full scan completed', { milliseconds: Math.round(scanDurationMs) });
    },
    // A resync takes at most half of the time, however often policies change.
    waitUntilDue: (maxWait: number, stopSignal: AbortSignal): Promise<void> =>
      waitForResync(
        { ...clock, revision: policies.revision, scannedRevision, minWait: scanDurationMs, maxWait },
        stopSignal,
      ),
  };
}

const clock = { now: () => performance.now(), pause: sleepUntilAborted };
