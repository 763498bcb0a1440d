import type { Action, Finding } from '../../engine/finding/finding.ts';

/** One series of a metric. */
export interface RuleCount {
  readonly policy: string;
  readonly rule: string;
  readonly action: Action;
  readonly count: number;
}

/** The findings of many Secrets. Equal findings are one object with a count. */
export interface FindingCounts {
  /** Returns the object that all equal findings share. */
  readonly add: (finding: Finding) => Finding;
  /** Must be called as often as the finding was added. */
  readonly remove: (findings: readonly Finding[]) => void;
  readonly counts: () => readonly RuleCount[];
}

export function findingCounts(): FindingCounts {
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
