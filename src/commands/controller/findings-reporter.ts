import { setTimeout as sleep } from 'node:timers/promises';
import { type Findings, findingsBoard } from '../../controllers/findings/board.ts';
import { findingEvents } from '../../controllers/findings/events.ts';
import { type ReportWriter, reportWriter } from '../../controllers/findings/policy-report-writer.ts';
import { complaint, isConflict } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import {
  deletePolicyReport,
  knowsPolicyReports,
  policyReportNamespaces,
  readPolicyReport,
  writePolicyReport,
} from '../../kube/objects/policy-reports.ts';
import type { Log } from '../../log.ts';
import type { ControllerMetrics } from '../../metrics/controller.ts';
import { eventTeller, type Teller } from '../pod/event-recorder.ts';

export interface ReportParts {
  readonly cluster: Cluster;
  readonly teller: Teller;
  readonly log: Log;
  readonly metrics: Pick<ControllerMetrics, 'setFindings'>;
}

export type Reports = Pick<Findings, 'observe' | 'keep' | 'forget' | 'sweepBegins' | 'sweepEnds'>;

const OF_SECRETS = { apiVersion: 'v1', kind: 'Secret' };

/** Until what has changed is counted anew. Milliseconds. */
const COUNT_AFTER = 1000;

/** What is wrong in the cluster, told by metrics, Events and PolicyReports until the signal comes. */
export function startReports({ cluster, teller, log, metrics }: ReportParts, signal: AbortSignal): Reports {
  const event = eventTeller(cluster, teller, log);
  const events = findingEvents({
    tell: ({ secret, ...rest }) => void event({ ...rest, regarding: { ...OF_SECRETS, ...secret } }),
    leftOut: (count) => log.info('findings are in the report alone, not in Events', { count }),
    now: () => performance.now(),
  });
  let isToCount = false;
  const count = (): void => {
    isToCount = false;
    if (!signal.aborted) metrics.setFindings(board.byAction(), board.byRule());
  };
  const board = findingsBoard({
    changed: (namespace) => {
      if (!isToCount) setTimeout(count, COUNT_AFTER).unref();
      isToCount = true;
      writer.wake(namespace);
    },
    found: events.found,
  });
  const writer = startWriter(cluster, board, log, signal);
  return {
    observe: board.observe,
    keep: board.keep,
    forget: board.forget,
    sweepBegins: board.sweepBegins,
    sweepEnds: () => {
      board.sweepEnds();
      events.sweepEnds();
      writer.sweepEnds();
      count();
    },
  };
}

function startWriter(cluster: Cluster, board: Findings, log: Log, signal: AbortSignal): ReportWriter {
  return reportWriter(
    {
      faultyIn: board.in,
      isInstalled: () => knowsPolicyReports(cluster),
      namespaces: () => policyReportNamespaces(cluster),
      read: (namespace) => readPolicyReport(cluster, namespace),
      write: (namespace, report, before) => writePolicyReport(cluster, namespace, report, before),
      remove: (namespace, before) => deletePolicyReport(cluster, namespace, before),
      isConflict,
      foreign: (namespace) =>
        log.warn('a PolicyReport named lockstep is not of lockstep, and is left', { namespace }),
      failing: (error, namespaces) => tellFailing(error, namespaces, log),
      now: () => new Date(),
      sleep: (milliseconds, ending) =>
        sleep(milliseconds, undefined, { signal: ending, ref: false }).catch(() => {}),
    },
    signal,
  );
}

function tellFailing(error: unknown, namespaces: readonly string[], log: Log): void {
  if (error === undefined) log.info('PolicyReports are written again');
  else
    log.warn('a PolicyReport can not be written', {
      namespaces: namespaces.slice(0, 10),
      ...complaint(error),
    });
}
