import type { Action } from '../finding/finding.ts';
import type { Cel } from './cel.ts';
import { derivedChecks } from './derived.ts';
import type { FloorEntry, Variable } from './entry.ts';
import type { LeftOut } from './left-out.ts';
import { NEVER } from './message.ts';
import type { FloorPlan } from './plan.ts';
import { hasLength } from './value-checks.ts';

/** The findings of one policy with one action, or a part of them. */
export interface Section {
  readonly place: number;
  /** The entries that this section reports. */
  readonly reported: readonly FloorEntry[];
  readonly variables: readonly Variable[];
  /** Lists, each of one finding or empty, about derived keys. */
  readonly checks: readonly Cel[];
  readonly hasUnnamed: boolean;
}

/** The API server evaluates the entries of a section in one admission policy. */
const MAX_ENTRIES = 50;

export function sectionsOf(
  plan: FloorPlan,
  place: number,
  action: Action,
  leftOut: LeftOut[],
): readonly Section[] {
  const policy = plan.ordered[place]!;
  const entries = plan.entries[place]!;
  const judged = entries.filter(({ entry }) => plan.actionOf(entry) === action);
  const sections: Section[] = [];
  const hasUnnamed = policy.defaultEntry !== undefined && plan.actionOf(policy.defaultEntry) === action;
  for (let from = 0; from < judged.length || (from === 0 && hasUnnamed); from += MAX_ENTRIES) {
    const reported = judged.slice(from, from + MAX_ENTRIES);
    const variables: Variable[] = [];
    const checks: Cel[] = [];
    for (const one of reported) {
      if (one.entry.derive === undefined) continue;
      const id = `${place}_${entries.indexOf(one)}`;
      const derived = derivedChecks(one, one.entry.derive, { entries, id });
      variables.push(...derived.variables);
      checks.push(...derived.checks);
      leftOut.push(...derived.leftOut.map((what) => ({ policy: policy.name, key: one.entry.name, what })));
    }
    sections.push({ place, reported, variables, checks, hasUnnamed: from === 0 && hasUnnamed });
  }
  return sections.filter(
    ({ checks, reported, hasUnnamed: isAsked }) =>
      isAsked ||
      checks.some((check) => check !== NEVER) ||
      reported.some(({ entry }) => entry.derive === undefined),
  );
}

/**
 * The API server compiles an admission policy before it stores it, and ends the request after 34 seconds. An admission
 * policy of this weight takes about 3 seconds of CPU time. Most of it is for values whose length is limited.
 */
const MAX_WEIGHT = MAX_ENTRIES * 2;
const weightOf = ({ reported }: Section): number => reported.length + reported.filter(hasLength).length;

/** Sections that one admission policy can hold, in the order of precedence. */
export function grouped(sections: readonly Section[]): Section[][] {
  const groups: Section[][] = [];
  let weight = Number.POSITIVE_INFINITY;
  for (const section of sections) {
    weight += weightOf(section);
    if (weight > MAX_WEIGHT) {
      groups.push([]);
      weight = weightOf(section);
    }
    groups.at(-1)!.push(section);
  }
  return groups;
}
