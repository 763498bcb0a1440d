import type { Emit } from '../../controllers/events/domain-event.ts';
import {
  contentOf,
  countsStatusOf,
  isSameCounts,
  RENEWAL_INTERVAL_MS,
} from '../../controllers/policy/counts-status.ts';
import { type SecretCounter, secretCounter } from '../../controllers/policy/secret-counter.ts';
import { type DesiredStatus, statusWriter } from '../../controllers/policy/status-writer.ts';
import { errorFields, isConflict } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { writePolicyCounts } from '../../kube/objects/secret-policies.ts';
import type { Log } from '../../log.ts';
import { sleepUntilAborted } from '../cli/sleep.ts';
import type { ClusterPolicies } from '../pod/cluster-policies.ts';

export interface PolicyCountsWriter
  extends Pick<SecretCounter, 'observe' | 'markSeen' | 'scanStarted' | 'scanEnded'> {
  readonly subscriber: Emit;
}

/** Many changes of Secrets within this time are one write of a policy. */
const WRITE_INTERVAL_MS = 10_000;
/** The limit of one interval. The policies with the oldest counts come first. */
const MAX_WRITES_PER_INTERVAL = 200;

/** Counts the Secrets of each policy, and writes the numbers into its status, until the signal comes. */
export function startPolicyCountsWriter(
  policies: Pick<ClusterPolicies, 'states'>,
  { cluster, log }: { readonly cluster: Cluster; readonly log: Log },
  signal: AbortSignal,
): PolicyCountsWriter {
  const counter = secretCounter();
  /** The last time at which a Secret was validated. */
  let observedAt = new Date(0);

  const desired = (): readonly DesiredStatus[] =>
    policies
      .states()
      .flatMap(({ stored, ...state }) => {
        const counts = countsStatusOf({ stored, ...state }, counter.countsFor, observedAt);
        if (counts === undefined || isSameCounts(counts, stored.status)) return [];
        const period = Math.floor(observedAt.getTime() / RENEWAL_INTERVAL_MS);
        return {
          before: stored.status,
          name: stored.name,
          isStored: false,
          // If the API server drops the counts, because the CRD is of an earlier version, they are written seldom.
          content: `${stored.uid} ${contentOf(counts)} ${period}`,
          write: () => writePolicyCounts(cluster, stored, counts),
        };
      })
      .sort((a, b) => observedTimeOf(a.before) - observedTimeOf(b.before))
      .slice(0, MAX_WRITES_PER_INTERVAL);

  const { wake } = statusWriter(
    {
      desired,
      isConflict,
      onError: (error) => {
        if (error === undefined) log.info('the counts of policies are written again');
        else log.warn('the counts of a policy can not be written', errorFields(error));
      },
      random: Math.random,
      sleep: sleepUntilAborted,
    },
    signal,
  );
  const timer = setInterval(wake, WRITE_INTERVAL_MS).unref();
  signal.addEventListener('abort', () => clearInterval(timer));

  return {
    subscriber: (event) => {
      if (event.kind === 'findings')
        counter.observe({
          secret: event.secret,
          decision: { policies: event.policies, findings: event.findings },
        });
      else if (event.kind === 'secret-deleted') counter.forget(event.secret);
      else return;
      observedAt = new Date();
    },
    observe: counter.observe,
    markSeen: counter.markSeen,
    scanStarted: counter.scanStarted,
    scanEnded: () => {
      counter.scanEnded();
      observedAt = new Date();
      wake();
    },
  };
}

/** 0 without a valid time. */
function observedTimeOf(status: unknown): number {
  const { secrets } = (status ?? {}) as { readonly secrets?: { readonly observedTime?: unknown } };
  return Date.parse(String(secrets?.observedTime)) || 0;
}
