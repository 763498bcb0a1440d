import type { AuditResult } from '../../engine/audit/audit.ts';
import { type Action, byStrictness, type Finding } from '../../engine/finding/finding.ts';
import { findingCounts, type RuleCount } from './finding-counts.ts';

/** A Secret that something is wrong with. */
export interface SecretWithFindings {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The strictest first; of very many no more than these. */
  readonly findings: readonly Finding[];
  /** How many there are in all. */
  readonly counts: ActionCounts;
}

export type ActionCounts = Readonly<Record<Action, number>>;

export interface FindingsNeeds {
  /** What is wrong in this namespace is not what it was. */
  readonly onChange: (namespace: string) => void;
  /** Something is wrong with this Secret that was not before: `findings` are those alone. Of what is only recorded nothing is told. */
  readonly onNewFindings: (faulty: SecretWithFindings) => void;
}

export interface FindingsBoard {
  /** What was known of that Secret is replaced by this. */
  readonly observe: (audited: AuditResult, uid: string) => void;
  /** It is seen, and judged afterwards: what was known of it stays until then. */
  readonly markSeen: (namespace: string, name: string) => void;
  /** It is gone, or nobody judges it any more. */
  readonly forget: (namespace: string, name: string) => void;
  /** From here on each Secret is observed once … */
  readonly scanStarted: () => void;
  /** … and those that were not are forgotten. Not to be called where the sweep broke off. */
  readonly scanEnded: () => void;
  /** Those of a namespace, by name. */
  readonly inNamespace: (namespace: string) => readonly SecretWithFindings[];
  readonly byAction: () => ActionCounts;
  /** Only of those that are kept of each Secret. */
  readonly byRule: () => readonly RuleCount[];
}

/** Kept of one Secret, which may have five thousand faulty keys. */
const MAX_FINDINGS_PER_SECRET = 20;

interface BoardEntry extends SecretWithFindings {
  /** The sweep in which it was last seen. */
  scan: number;
}

/**
 * The board of what is wrong in the cluster. Of a Secret without a fault it holds nothing; what is said of many Secrets in the same words it holds once.
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
      const kept = findings.toSorted(byStrictness).slice(0, MAX_FINDINGS_PER_SECRET).map(shared.add);
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
    byAction: () =>
      allEntries(namespaces).reduce<ActionCounts>((sum, { counts }) => addCounts(sum, counts), NONE),
    byRule: shared.counts,
  };
}

const allEntries = (
  namespaces: ReadonlyMap<string, ReadonlyMap<string, BoardEntry>>,
): readonly BoardEntry[] => [...namespaces.values()].flatMap((known) => [...known.values()]);

const NONE: ActionCounts = { Enforce: 0, Warn: 0, Audit: 0 };

function countsOf(findings: readonly Finding[]): ActionCounts {
  const counts = { ...NONE };
  for (const { action } of findings) counts[action] += 1;
  return counts;
}

const addCounts = (a: ActionCounts, b: ActionCounts): ActionCounts => ({
  Enforce: a.Enforce + b.Enforce,
  Warn: a.Warn + b.Warn,
  Audit: a.Audit + b.Audit,
});

/** Findings are shared, so that the same one is one object. */
function isSame(before: BoardEntry | undefined, next: BoardEntry | undefined): boolean {
  if (before === undefined || next === undefined) return before === next;
  return (
    before.uid === next.uid &&
    before.findings.length === next.findings.length &&
    before.findings.every((finding, index) => finding === next.findings[index]) &&
    JSON.stringify(before.counts) === JSON.stringify(next.counts)
  );
}

/** Of a Secret that was deleted and made again everything is new. */
function newFindings({ uid, findings }: BoardEntry, before: BoardEntry | undefined): readonly Finding[] {
  const known = new Set(before?.uid === uid ? before.findings : []);
  return findings.filter((finding) => finding.action !== 'Audit' && !known.has(finding));
}
