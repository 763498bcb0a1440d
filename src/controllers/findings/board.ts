import type { Audited } from '../../engine/audit/audit.ts';
import { type Action, byStrictness, type Finding } from '../../engine/finding/finding.ts';
import { type RuleCount, sharedFindings } from './finding-counts.ts';

/** A Secret that something is wrong with. */
export interface Faulty {
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
  readonly changed: (namespace: string) => void;
  /** Something is wrong with this Secret that was not before: `findings` are those alone. Of what is only recorded nothing is told. */
  readonly found: (faulty: Faulty) => void;
}

export interface Findings {
  /** What was known of that Secret is replaced by this. */
  readonly observe: (audited: Audited, uid: string) => void;
  /** It is seen, and judged afterwards: what was known of it stays until then. */
  readonly keep: (namespace: string, name: string) => void;
  /** It is gone, or nobody judges it any more. */
  readonly forget: (namespace: string, name: string) => void;
  /** From here on each Secret is observed once … */
  readonly sweepBegins: () => void;
  /** … and those that were not are forgotten. Not to be called where the sweep broke off. */
  readonly sweepEnds: () => void;
  /** Those of a namespace, by name. */
  readonly in: (namespace: string) => readonly Faulty[];
  readonly byAction: () => ActionCounts;
  /** Only of those that are kept of each Secret. */
  readonly byRule: () => readonly RuleCount[];
}

/** Kept of one Secret, which may have five thousand faulty keys. */
const MOST_EACH = 20;

interface Known extends Faulty {
  /** The sweep in which it was last seen. */
  sweep: number;
}

/**
 * The board of what is wrong in the cluster. Of a Secret without a fault it holds nothing; what is said of many Secrets in the same words it holds once.
 */
export function findingsBoard({ changed, found }: FindingsNeeds): Findings {
  const namespaces = new Map<string, Map<string, Known>>();
  const shared = sharedFindings();
  let sweep = 0;

  function replace(namespace: string, name: string, next: Known | undefined): void {
    const known = namespaces.get(namespace) ?? new Map<string, Known>();
    const before = known.get(name);
    if (next === undefined) known.delete(name);
    else known.set(name, next);
    if (known.size === 0) namespaces.delete(namespace);
    else namespaces.set(namespace, known);
    shared.release(before?.findings ?? []);
    if (!isSame(before, next)) changed(namespace);
    const fresh = next === undefined ? [] : newOf(next, before);
    if (next !== undefined && fresh.length > 0) found({ ...next, findings: fresh });
  }

  return {
    observe: ({ secret: { namespace, name }, decision: { findings } }, uid) => {
      if (findings.length === 0) {
        if (namespaces.get(namespace)?.has(name) === true) replace(namespace, name, undefined);
        return;
      }
      const kept = findings.toSorted(byStrictness).slice(0, MOST_EACH).map(shared.keep);
      replace(namespace, name, { namespace, name, uid, findings: kept, counts: countsOf(findings), sweep });
    },
    keep: (namespace, name) => {
      const known = namespaces.get(namespace)?.get(name);
      if (known !== undefined) known.sweep = sweep;
    },
    forget: (namespace, name) => {
      if (namespaces.get(namespace)?.has(name) === true) replace(namespace, name, undefined);
    },
    sweepBegins: () => {
      sweep += 1;
    },
    sweepEnds: () => {
      for (const { namespace, name, sweep: seen } of all(namespaces))
        if (seen !== sweep) replace(namespace, name, undefined);
    },
    in: (namespace) =>
      [...(namespaces.get(namespace)?.values() ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1)),
    byAction: () => all(namespaces).reduce<ActionCounts>((sum, { counts }) => added(sum, counts), NONE),
    byRule: shared.counts,
  };
}

const all = (namespaces: ReadonlyMap<string, ReadonlyMap<string, Known>>): readonly Known[] =>
  [...namespaces.values()].flatMap((known) => [...known.values()]);

const NONE: ActionCounts = { Enforce: 0, Warn: 0, Audit: 0 };

function countsOf(findings: readonly Finding[]): ActionCounts {
  const counts = { ...NONE };
  for (const { action } of findings) counts[action] += 1;
  return counts;
}

const added = (a: ActionCounts, b: ActionCounts): ActionCounts => ({
  Enforce: a.Enforce + b.Enforce,
  Warn: a.Warn + b.Warn,
  Audit: a.Audit + b.Audit,
});

/** Findings are shared, so that the same one is one object. */
function isSame(before: Known | undefined, next: Known | undefined): boolean {
  if (before === undefined || next === undefined) return before === next;
  return (
    before.uid === next.uid &&
    before.findings.length === next.findings.length &&
    before.findings.every((finding, index) => finding === next.findings[index]) &&
    JSON.stringify(before.counts) === JSON.stringify(next.counts)
  );
}

/** Of a Secret that was deleted and made again everything is new. */
function newOf({ uid, findings }: Known, before: Known | undefined): readonly Finding[] {
  const known = new Set(before?.uid === uid ? before.findings : []);
  return findings.filter((finding) => finding.action !== 'Audit' && !known.has(finding));
}
