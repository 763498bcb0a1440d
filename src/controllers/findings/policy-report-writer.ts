import type { SecretWithFindings } from './board.ts';
import { contentOf, type PolicyReport, reportOf } from './policy-report.ts';

/** The report of a namespace as it is stored. */
export interface ExistingReport {
  /** Somebody else made it: it is left. */
  readonly isForeign: boolean;
  readonly uid: string;
  readonly resourceVersion: string;
  /** As parsed; nobody has checked it. */
  readonly document: unknown;
}

export interface ReportWriterNeeds {
  /** What is wrong in a namespace. */
  readonly findingsIn: (namespace: string) => readonly SecretWithFindings[];
  /** Whether this cluster knows reports at all. */
  readonly isInstalled: () => Promise<boolean>;
  /** Where there are reports of ours. */
  readonly namespaces: () => Promise<readonly string[]>;
  readonly read: (namespace: string) => Promise<ExistingReport | undefined>;
  /** In place of `before`, if it still is as it was; nothing where the namespace is gone. */
  readonly write: (
    namespace: string,
    report: PolicyReport,
    before: ExistingReport | undefined,
  ) => Promise<void>;
  readonly remove: (namespace: string, before: ExistingReport) => Promise<void>;
  /** Whether it was only that somebody else was first: then it is looked at again. */
  readonly isConflict: (error: unknown) => boolean;
  /** Said once of each namespace. */
  readonly onForeignReport: (namespace: string) => void;
  /** Called where it begins to fail in some namespaces, and, with undefined, where it works again. */
  readonly onError: (error: unknown, namespaces: readonly string[]) => void;
  readonly now: () => Date;
  /** Resolves after that many milliseconds, or when the signal comes. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

export interface ReportWriter {
  /** What is wrong in this namespace is not what it was. */
  readonly wake: (namespace: string) => void;
  /** Everything has been looked at once: only now is it known what a namespace does not have any more. */
  readonly scanEnded: () => void;
}

/** What changes at once is written once. Milliseconds. */
const DEBOUNCE_MS = 2000;
/** Until it is asked again whether reports are known here. Milliseconds. */
const UNINSTALLED_RECHECK_MS = 10 * 60_000;
/** After a failure: twice as long each time. Milliseconds. */
const MIN_BACKOFF_MS = 5000;
const MAX_BACKOFF_MS = 5 * 60_000;

/**
 * Keeps one report for each namespace in which something is wrong, one after the other, until the signal comes. Before the first sweep has ended nothing is
 * written, so that a report of the leader before is not replaced by half of one.
 */
export function reportWriter(needs: ReportWriterNeeds, signal: AbortSignal): ReportWriter {
  const dirty = new Set<string>();
  const foreign = new Set<string>();
  let isScanned = false;
  /** Reports may be there of namespaces that nothing is known of. */
  let mustListNamespaces = false;
  let isRunning = false;
  let failures = 0;

  async function run(): Promise<void> {
    let delay = DEBOUNCE_MS;
    while ((dirty.size > 0 || mustListNamespaces) && !signal.aborted) {
      await needs.sleep(delay, signal);
      if (signal.aborted) break;
      delay = await writeDirty();
    }
    isRunning = false;
  }

  /** How long to wait before the next one. */
  async function writeDirty(): Promise<number> {
    const failed: string[] = [];
    let firstError: unknown;
    try {
      if (!(await needs.isInstalled())) return UNINSTALLED_RECHECK_MS;
      if (mustListNamespaces) for (const namespace of await needs.namespaces()) dirty.add(namespace);
      mustListNamespaces = false;
      for (const namespace of [...dirty]) {
        if (signal.aborted) return DEBOUNCE_MS;
        dirty.delete(namespace);
        await syncReport(namespace).catch((error) => {
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

  async function syncReport(namespace: string): Promise<void> {
    const before = await needs.read(namespace);
    if (before?.isForeign === true) {
      if (!foreign.has(namespace)) needs.onForeignReport(namespace);
      foreign.add(namespace);
      return;
    }
    foreign.delete(namespace);
    const report = reportOf(needs.findingsIn(namespace), before?.document, needs.now());
    if (report === undefined) {
      if (before !== undefined) await needs.remove(namespace, before);
    } else if (before === undefined || contentOf(report) !== contentOf(before.document)) {
      await needs.write(namespace, report, before);
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
