import type { Emit } from '../../controllers/domain-event.ts';
import { type FindingsBoard, findingsBoard } from '../../controllers/findings/board.ts';
import { findingEventRecorder } from '../../controllers/findings/events.ts';
import {
  type ReportStore,
  type ReportWriter,
  reportWriter,
} from '../../controllers/findings/policy-report-writer.ts';
import type { ReportApi } from '../../engine/secret/finding/report-apis.ts';
import { errorFields, isConflict } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import {
  deleteReport,
  installedReportApis,
  readReport,
  reportNamespaces,
  writeReport,
} from '../../kube/objects/policy-reports.ts';
import type { Log } from '../../log.ts';
import type { ControllerMetrics } from '../../metrics/controller.ts';
import { sleepUntilAborted } from '../../sleep.ts';
import { type EventReporter, eventRecorder } from '../pod/event-recorder.ts';

export interface FindingsReporterParts {
  readonly cluster: Cluster;
  readonly reporter: EventReporter;
  readonly log: Log;
  readonly metrics: Pick<ControllerMetrics, 'setFindings'>;
}

export interface FindingsReporter
  extends Pick<FindingsBoard, 'observe' | 'markSeen' | 'scanStarted' | 'scanEnded'> {
  readonly subscriber: Emit;
}

const SECRET_KIND = { apiVersion: 'v1', kind: 'Secret' };

/** Delays a new count after a change. */
const COUNT_DELAY_MS = 1000;

/** Reports the findings of the cluster by metrics, Events and reports until the signal comes. */
export function startFindingsReporter(
  { cluster, reporter, log, metrics }: FindingsReporterParts,
  signal: AbortSignal,
): FindingsReporter {
  const recordEvent = eventRecorder(cluster, reporter, log);
  const events = findingEventRecorder({
    recordEvent: ({ secret, ...rest }) =>
      void recordEvent({ ...rest, regarding: { ...SECRET_KIND, ...secret } }),
    onDropped: (updateMetrics) =>
      log.info('findings are in the report alone, not in Events', { count: updateMetrics }),
    now: () => performance.now(),
  });
  let isCountScheduled = false;
  const updateMetrics = (): void => {
    isCountScheduled = false;
    if (!signal.aborted) metrics.setFindings(board.byAction(), board.byRule());
  };
  const board = findingsBoard({
    onChange: (namespace) => {
      if (!isCountScheduled) setTimeout(updateMetrics, COUNT_DELAY_MS).unref();
      isCountScheduled = true;
      writer.wake(namespace);
    },
    onNewFindings: events.report,
  });
  const writer = startReportWriter(cluster, board, log, signal);
  return {
    subscriber: (event) => {
      if (event.kind === 'findings')
        board.observe({ secret: event.secret, decision: { findings: event.findings } }, event.secret.uid);
      if (event.kind === 'secret-deleted') board.forget(event.secret.namespace, event.secret.name);
    },
    observe: board.observe,
    markSeen: board.markSeen,
    scanStarted: board.scanStarted,
    scanEnded: () => {
      board.scanEnded();
      events.scanEnded();
      writer.scanEnded();
      updateMetrics();
    },
  };
}

function startReportWriter(
  cluster: Cluster,
  board: FindingsBoard,
  log: Log,
  signal: AbortSignal,
): ReportWriter {
  return reportWriter(
    {
      findingsIn: board.inNamespace,
      namespacesWithFindings: board.namespaces,
      stores: async () => (await installedReportApis(cluster)).map((api) => reportStore(cluster, api)),
      isConflict,
      onForeignReport: (namespace, kind) =>
        log.warn('a report named lockstep is not of lockstep, and is left', { namespace, kind }),
      onError: (error, namespaces) => logWriteFailure(error, namespaces, log),
      now: () => new Date(),
      sleep: sleepUntilAborted,
    },
    signal,
  );
}

const reportStore = (cluster: Cluster, api: ReportApi): ReportStore => ({
  kind: api.kind,
  namespaces: () => reportNamespaces(cluster, api),
  read: (namespace) => readReport(cluster, api, namespace),
  write: (namespace, report, before) => writeReport(cluster, api, namespace, report, before),
  remove: (namespace, before) => deleteReport(cluster, api, namespace, before),
});

function logWriteFailure(error: unknown, namespaces: readonly string[], log: Log): void {
  if (error === undefined) log.info('reports of findings are written again');
  else
    log.warn('a report of findings can not be written', {
      namespaces: namespaces.slice(0, 10),
      ...errorFields(error),
    });
}
