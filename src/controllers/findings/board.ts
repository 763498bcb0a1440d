import { type Action, type Finding, strongestFirst } from '../../engine/secret/finding/finding.ts';
import {
  type ActionCounts,
  addCounts,
  countsOf,
  NO_COUNTS,
  type ReportedSecret,
} from '../../engine/secret/finding/policy-report.ts';

export interface SecretWithFindings extends ReportedSecret {
  readonly uid: string;
}

export interface FindingsNeeds {
  /** The findings of this namespace have changed. */
  readonly onChange: (namespace: string) => void;
  /** The Secret has new findings. `findings` holds only those, without findings of the action Audit. */
  readonly onNewFindings: (faulty: SecretWithFindings) => void;
}

export interface AuditedFindings {
  readonly secret: { readonly namespace: string; readonly name: string };
  readonly decision: { readonly findings: readonly Finding[] };
}

export interface FindingsBoard {
  /** Replaces the findings of that Secret. */
  readonly observe: (audited: AuditedFindings, uid: string) => void;
  /** The Secret was seen, and is validated later. Until then its findings stay. */
  readonly markSeen: (namespace: string, name: string) => void;
  /** The Secret is gone, or no longer validated. */
  readonly forget: (namespace: string, name: string) => void;
  /** From here on each Secret is observed once. */
  readonly scanStarted: () => void;
  /**
   * Forgets the Secrets that were not observed since `scanStarted`. Must not be called after a scan that was aborted.
   */
  readonly scanEnded: () => void;
  /** The Secrets of a namespace, ordered by name. */
  readonly inNamespace: (namespace: string) => readonly SecretWithFindings[];
  /** The namespaces that have Secrets with findings. */
  readonly namespaces: () => readonly string[];
  readonly byAction: () => ActionCounts;
  /** Counts only the findings that the board keeps of each Secret. */
  readonly byRule: () => readonly RuleCount[];
}

/** One Secret may have five thousand faulty keys, so its number of kept findings is limited. */
const MAX_FINDINGS_PER_SECRET = 20;

interface BoardEntry extends SecretWithFindings {
  /** The scan in which the Secret was last seen. */
  scan: number;
}

/**
 * The findings of the stored Secrets. It has no entry for a Secret without findings, and holds equal findings of
 * several Secrets once.
 */
export function findingsBoard({ onChange, onNewFindings }: FindingsNeeds): FindingsBoard {
  const namespaces = new Map<string, Map<string, BoardEntry>>();
  const shared = findingCounts();
  let scan = 0;

  function replace(namespace: string, name: string, next: BoardEntry | undefined): void {
    const entries = namespaces.get(namespace) ?? new Map<string, BoardEntry>();
    const before = entries.get(name);
    if (next === undefined) entries.delete(name);
    else entries.set(name, next);
    if (entries.size === 0) namespaces.delete(namespace);
    else namespaces.set(namespace, entries);
    shared.remove(before?.findings ?? []);
    if (!isSame(before, next)) onChange(namespace);
    const added = next === undefined ? [] : newFindings(next, before);
    if (next !== undefined && added.length > 0) onNewFindings({ ...next, findings: added });
  }

  return {
    observe: ({ secret: { namespace, name }, decision: { findings } }, uid) => {
      if (findings.length === 0) {
        if (namespaces.get(namespace)?.has(name) === true) replace(namespace, name, undefined);
        return;
      }
      const kept = findings.toSorted(strongestFirst).slice(0, MAX_FINDINGS_PER_SECRET).map(shared.add);
      replace(namespace, name, { namespace, name, uid, findings: kept, counts: countsOf(findings), scan });
    },
    markSeen: (namespace, name) => {
      const entry = namespaces.get(namespace)?.get(name);
      if (entry !== undefined) entry.scan = scan;
    },
    forget: (namespace, name) => {
      if (namespaces.get(namespace)?.has(name) === true) replace(namespace, name, undefined);
    },
    scanStarted: () => {
      scan += 1;
    },
    scanEnded: () => {
      for (const { namespace, name, scan: lastScan } of allEntries(namespaces))
        if (lastScan !== scan) replace(namespace, name, undefined);
    },
    inNamespace: (namespace) =>
      [...(namespaces.get(namespace)?.values() ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1)),
    namespaces: () => [...namespaces.keys()],
    byAction: () =>
      allEntries(namespaces).reduce<ActionCounts>((sum, { counts }) => addCounts(sum, counts), NO_COUNTS),
    byRule: shared.counts,
  };
}

const allEntries = (
  namespaces: ReadonlyMap<string, ReadonlyMap<string, BoardEntry>>,
): readonly BoardEntry[] => [...namespaces.values()].flatMap((known) => [...known.values()]);

/** Equal findings are the same object. */
function isSame(before: BoardEntry | undefined, next: BoardEntry | undefined): boolean {
  if (before === undefined || next === undefined) return before === next;
  return (
    before.uid === next.uid &&
    before.findings.length === next.findings.length &&
    before.findings.every((finding, index) => finding === next.findings[index]) &&
    JSON.stringify(before.counts) === JSON.stringify(next.counts)
  );
}

/** After a Secret was deleted and created again, all its findings are new. */
function newFindings({ uid, findings }: BoardEntry, before: BoardEntry | undefined): readonly Finding[] {
  const known = new Set(before?.uid === uid ? before.findings : []);
  return findings.filter((finding) => finding.action !== 'Audit' && !known.has(finding));
}

/** One series of a metric. */
interface RuleCount {
  readonly policy: string;
  readonly rule: string;
  readonly action: Action;
  readonly count: number;
}

/** The findings of many Secrets. Equal findings are one object with a count. */
interface FindingCounts {
  /** Returns the object that all equal findings share. */
  readonly add: (finding: Finding) => Finding;
  /** Must be called as often as the finding was added. */
  readonly remove: (findings: readonly Finding[]) => void;
  readonly counts: () => readonly RuleCount[];
}

function findingCounts(): FindingCounts {
  const shared = new Map<string, { readonly finding: Finding; uses: number }>();
  return {
    add: (finding) => {
      const text = textOf(finding);
      const one = shared.get(text) ?? { finding: { ...finding }, uses: 0 };
      one.uses += 1;
      shared.set(text, one);
      return one.finding;
    },
    remove: (findings) => {
      for (const finding of findings) {
        const text = textOf(finding);
        const one = shared.get(text);
        if (one === undefined) continue;
        one.uses -= 1;
        if (one.uses === 0) shared.delete(text);
      }
    },
    counts: () => {
      const series = new Map<string, { count: number } & Omit<RuleCount, 'count'>>();
      for (const { finding, uses } of shared.values()) {
        const { policy, rule, action } = finding;
        const id = JSON.stringify([policy, rule, action]);
        const one = series.get(id) ?? { policy, rule, action, count: 0 };
        one.count += uses;
        series.set(id, one);
      }
      return [...series.values()];
    },
  };
}

const textOf = ({ policy, rule, action, key, message, fix }: Finding): string =>
  JSON.stringify([policy, rule, action, key, message, fix]);
