import type { Faulty } from './board.ts';
import { gistOf, type PolicyReport, reportOf } from './policy-report.ts';

/** The report of a namespace as it is stored. */
export interface StoredReport {
  /** Somebody else made it: it is left. */
  readonly isForeign: boolean;
  readonly uid: string;
  readonly resourceVersion: string;
  /** As parsed; nobody has checked it. */
  readonly document: unknown;
}

export interface ReportWriterNeeds {
  /** What is wrong in a namespace. */
  readonly faultyIn: (namespace: string) => readonly Faulty[];
  /** Whether this cluster knows reports at all. */
  readonly isInstalled: () => Promise<boolean>;
  /** Where there are reports of ours. */
  readonly namespaces: () => Promise<readonly string[]>;
  readonly read: (namespace: string) => Promise<StoredReport | undefined>;
  /** In place of `before`, if it still is as it was; nothing where the namespace is gone. */
  readonly write: (
    namespace: string,
    report: PolicyReport,
    before: StoredReport | undefined,
  ) => Promise<void>;
  readonly remove: (namespace: string, before: StoredReport) => Promise<void>;
  /** Whether it was only that somebody else was first: then it is looked at again. */
  readonly isConflict: (error: unknown) => boolean;
  /** Said once of each namespace. */
  readonly foreign: (namespace: string) => void;
  /** Called where it begins to fail in some namespaces, and, with undefined, where it works again. */
  readonly failing: (error: unknown, namespaces: readonly string[]) => void;
  readonly now: () => Date;
  /** Resolves after that many milliseconds, or when the signal comes. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

export interface ReportWriter {
  /** What is wrong in this namespace is not what it was. */
  readonly wake: (namespace: string) => void;
  /** Everything has been looked at once: only now is it known what a namespace does not have any more. */
  readonly sweepEnds: () => void;
}

/** What changes at once is written once. Milliseconds. */
const SETTLE = 2000;
/** Until it is asked again whether reports are known here. Milliseconds. */
const UNINSTALLED = 10 * 60_000;
/** After a failure: twice as long each time. Milliseconds. */
const FIRST_PAUSE = 5000;
const LONGEST_PAUSE = 5 * 60_000;

/**
 * Keeps one report for each namespace in which something is wrong, one after the other, until the signal comes. Before the first sweep has ended nothing is
 * written, so that a report of the leader before is not replaced by half of one.
 */
export function reportWriter(needs: ReportWriterNeeds, signal: AbortSignal): ReportWriter {
  const dirty = new Set<string>();
  const foreign = new Set<string>();
  let isSwept = false;
  /** Reports may be there of namespaces that nothing is known of. */
  let isToList = false;
  let isRunning = false;
  let failures = 0;

  async function run(): Promise<void> {
    let pause = SETTLE;
    while ((dirty.size > 0 || isToList) && !signal.aborted) {
      await needs.sleep(pause, signal);
      if (signal.aborted) break;
      pause = await round();
    }
    isRunning = false;
  }

  /** How long to wait before the next one. */
  async function round(): Promise<number> {
    const failed: string[] = [];
    let first: unknown;
    try {
      if (!(await needs.isInstalled())) return UNINSTALLED;
      if (isToList) for (const namespace of await needs.namespaces()) dirty.add(namespace);
      isToList = false;
      for (const namespace of [...dirty]) {
        if (signal.aborted) return SETTLE;
        dirty.delete(namespace);
        await settle(namespace).catch((error) => {
          failed.push(namespace);
          if (!needs.isConflict(error)) first ??= error;
        });
      }
    } catch (error) {
      first = error;
    }
    for (const namespace of failed) dirty.add(namespace);
    return first === undefined ? recovered() : failedWith(first, failed);
  }

  async function settle(namespace: string): Promise<void> {
    const before = await needs.read(namespace);
    if (before?.isForeign === true) {
      if (!foreign.has(namespace)) needs.foreign(namespace);
      foreign.add(namespace);
      return;
    }
    foreign.delete(namespace);
    const report = reportOf(needs.faultyIn(namespace), before?.document, needs.now());
    if (report === undefined) {
      if (before !== undefined) await needs.remove(namespace, before);
    } else if (before === undefined || gistOf(report) !== gistOf(before.document)) {
      await needs.write(namespace, report, before);
    }
  }

  function recovered(): number {
    if (failures > 0) needs.failing(undefined, []);
    failures = 0;
    return SETTLE;
  }

  function failedWith(error: unknown, failed: readonly string[]): number {
    if (failures === 0) needs.failing(error, failed);
    failures += 1;
    return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1));
  }

  function start(): void {
    if (isRunning || !isSwept) return;
    isRunning = true;
    void run();
  }

  return {
    wake: (namespace) => {
      dirty.add(namespace);
      start();
    },
    sweepEnds: () => {
      isSwept = true;
      isToList = true;
      start();
    },
  };
}
