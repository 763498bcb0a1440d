import { contentOf, type PolicyReport, reportOf } from '../../engine/secret/finding/policy-report.ts';
import type { SecretWithFindings } from './board.ts';

/** The stored report of a namespace. */
export interface ExistingReport {
  /** Another client made it, so lockstep does not change it. */
  readonly isForeign: boolean;
  readonly uid: string;
  readonly resourceVersion: string;
  /** As parsed, without validation. */
  readonly document: unknown;
}

export interface ReportStore {
  readonly kind: string;
  /** The namespaces that have a report of lockstep's name. */
  readonly namespaces: () => Promise<readonly string[]>;
  readonly read: (namespace: string) => Promise<ExistingReport | undefined>;
  /** Replaces `before`, if it has not changed. Does nothing if the namespace is gone. */
  readonly write: (
    namespace: string,
    report: PolicyReport,
    before: ExistingReport | undefined,
  ) => Promise<void>;
  readonly remove: (namespace: string, before: ExistingReport) => Promise<void>;
}

export interface ReportWriterNeeds {
  readonly findingsIn: (namespace: string) => readonly SecretWithFindings[];
  readonly namespacesWithFindings: () => readonly string[];
  /** The kinds of reports that the cluster has, the preferred one first. The others only lose their old reports. */
  readonly stores: () => Promise<readonly ReportStore[]>;
  /** True if another client wrote the report first. Then the report is read again. */
  readonly isConflict: (error: unknown) => boolean;
  /** Called once for each namespace. */
  readonly onForeignReport: (namespace: string, kind: string) => void;
  /** Called when the first write fails, and with undefined when writes succeed again. */
  readonly onError: (error: unknown, namespaces: readonly string[]) => void;
  readonly now: () => Date;
  /** Resolves after the delay, or when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

export interface ReportWriter {
  /** The findings of this namespace have changed. */
  readonly wake: (namespace: string) => void;
  /** All Secrets were scanned. Only now is it known which namespaces have no findings any more. */
  readonly scanEnded: () => void;
}

/** Changes within this time are written together. */
const DEBOUNCE_MS = 2000;
/** The time until the next check for the API of the reports. */
const UNINSTALLED_RECHECK_MS = 10 * 60_000;
/** The backoff after a failure. It doubles on each failure. */
const MIN_BACKOFF_MS = 5000;
const MAX_BACKOFF_MS = 5 * 60_000;

/**
 * Writes one report for each namespace with findings, one at a time, until the signal aborts. It writes nothing before
 * the first scan has ended, because half a report would replace the one of the previous leader.
 */
export function reportWriter(needs: ReportWriterNeeds, signal: AbortSignal): ReportWriter {
  const dirty = new Set<string>();
  const foreign = new Set<string>();
  let isScanned = false;
  /** There may be reports in namespaces that have no findings. */
  let mustListNamespaces = false;
  let isRunning = false;
  let failures = 0;
  let lastKind: string | undefined;

  async function run(): Promise<void> {
    let delay = DEBOUNCE_MS;
    while ((dirty.size > 0 || mustListNamespaces) && !signal.aborted) {
      await needs.sleep(delay, signal);
      if (signal.aborted) break;
      delay = await writeDirty();
    }
    isRunning = false;
  }

  /** Resolves with the delay before the next round. */
  async function writeDirty(): Promise<number> {
    const failed: string[] = [];
    let firstError: unknown;
    try {
      const [store, ...others] = await needs.stores();
      if (store === undefined) return UNINSTALLED_RECHECK_MS;
      if (store.kind !== lastKind) markAll();
      lastKind = store.kind;
      if (mustListNamespaces) {
        for (const namespace of await store.namespaces()) dirty.add(namespace);
        for (const other of others) await removeReports(other);
      }
      mustListNamespaces = false;
      for (const namespace of [...dirty]) {
        if (signal.aborted) return DEBOUNCE_MS;
        dirty.delete(namespace);
        await syncReport(store, namespace).catch((error) => {
          failed.push(namespace);
          if (!needs.isConflict(error)) firstError ??= error;
        });
      }
    } catch (error) {
      firstError = error;
    }
    for (const namespace of failed) dirty.add(namespace);
    return firstError === undefined ? recovered() : backoffAfter(firstError, failed);
  }

  /** The cluster has another kind of reports than before, so all of them must be written. */
  function markAll(): void {
    for (const namespace of needs.namespacesWithFindings()) dirty.add(namespace);
    foreign.clear();
    mustListNamespaces = true;
  }

  /** Removes lockstep's reports of a kind that is no longer written, because they would become wrong. */
  async function removeReports(store: ReportStore): Promise<void> {
    for (const namespace of await store.namespaces()) {
      const before = await store.read(namespace);
      if (before?.isForeign === false) await store.remove(namespace, before);
    }
  }

  async function syncReport(store: ReportStore, namespace: string): Promise<void> {
    const before = await store.read(namespace);
    if (before?.isForeign === true) {
      if (!foreign.has(namespace)) needs.onForeignReport(namespace, store.kind);
      foreign.add(namespace);
      return;
    }
    foreign.delete(namespace);
    const report = reportOf(needs.findingsIn(namespace), before?.document, needs.now());
    if (report === undefined) {
      if (before !== undefined) await store.remove(namespace, before);
    } else if (before === undefined || contentOf(report) !== contentOf(before.document)) {
      await store.write(namespace, report, before);
    }
  }

  function recovered(): number {
    if (failures > 0) needs.onError(undefined, []);
    failures = 0;
    return DEBOUNCE_MS;
  }

  function backoffAfter(error: unknown, failed: readonly string[]): number {
    if (failures === 0) needs.onError(error, failed);
    failures += 1;
    return Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** (failures - 1));
  }

  function start(): void {
    if (isRunning || !isScanned) return;
    isRunning = true;
    void run();
  }

  return {
    wake: (namespace) => {
      dirty.add(namespace);
      start();
    },
    scanEnded: () => {
      isScanned = true;
      mustListNamespaces = true;
      start();
    },
  };
}
