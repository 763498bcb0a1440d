import type { Action } from '../finding/finding.ts';
import { milder } from '../finding/finding.ts';
import { byPrecedence, type KeyEntry, type Policy } from '../policy/policy.ts';
import { admissionPolicy, type FloorObject, type FloorOptions } from './admission-policy.ts';
import { DECODER } from './base64.ts';
import type { Cel } from './cel.ts';
import { type DerivedChecks, derivedChecks, HEX } from './derived.ts';
import { sharedValues } from './distinct.ts';
import { type FloorEntry, floorEntry, mayMatch, surelyMatches, type Variable } from './entry.ts';
import { type LeftOut, leftOutOf } from './left-out.ts';
import { OBJECTS, selects } from './match.ts';
import { foundVariables, placeholderVariables, roleOf, valueLists } from './placeholder.ts';
import { unnamedFindings, unnamedKeys, unnamedValues } from './unnamed.ts';
import type { FloorRole } from './usual-placeholders.ts';
import { absenceChecks, formChecks, placeholderCheck, previousKeysOf } from './value-checks.ts';

/** The floor for some policies: objects for the API server, and the requirements that they do not express. */
export interface Floor {
  readonly objects: readonly FloorObject[];
  readonly leftOut: readonly LeftOut[];
  /** One sentence for each admission policy that was split. */
  readonly notes: readonly string[];
}

const FLOOR_NAME = 'lockstep-floor';

const SUFFIXES: Readonly<Record<Action, string>> = { Enforce: '', Warn: '-warn', Audit: '-audit' };

/**
 * Translates policies into admission policies that the API server evaluates. The floor is never stricter than the
 * engine: where a condition is not exact, the floor lets more pass.
 */
export function floorOf(policies: readonly Policy[], options: FloorOptions): Floor {
  const ordered = policies.toSorted(byPrecedence);
  const leftOut: LeftOut[] = [];
  const notes: string[] = [];
  const objects: FloorObject[] = [];
  for (const action of ['Enforce', 'Warn', 'Audit'] as const) {
    const sections = ordered.flatMap((policy, place) =>
      sectionsOf(policy, place, action, ordered, options, leftOut),
    );
    const groups = grouped(sections);
    const name = `${FLOOR_NAME}${SUFFIXES[action]}`;
    groups.forEach((group, at) => {
      const variables = variablesOf(group, ordered, options);
      objects.push(...admissionPolicy(at === 0 ? name : `${name}-${at + 1}`, action, variables, options));
    });
    if (groups.length > 1)
      notes.push(
        `${name} is split into ${groups.length} admission policies, because the API server limits the size and the cost of one`,
      );
  }
  return {
    objects,
    leftOut: ordered.flatMap((policy) => [
      ...leftOutOf(policy, options.now),
      ...leftOut.filter((one) => one.policy === policy.name),
    ]),
    notes,
  };
}

/** The findings of one policy with one action, or a part of them. */
interface Section {
  readonly policy: Policy;
  readonly place: number;
  readonly entries: readonly FloorEntry[];
  /** The part that this section reports. */
  readonly reported: readonly FloorEntry[];
  readonly variables: readonly Variable[];
  /** Texts, each empty or a finding. */
  readonly checks: readonly Cel[];
  /** Lists of findings. */
  readonly lists: readonly Cel[];
  readonly hasUnnamed: boolean;
}

/** The API server evaluates the entries of a section in one admission policy. */
const MAX_ENTRIES = 100;

function sectionsOf(
  policy: Policy,
  place: number,
  action: Action,
  ordered: readonly Policy[],
  options: FloorOptions,
  leftOut: LeftOut[],
): readonly Section[] {
  const actionOf = (entry: KeyEntry): Action => milder(entry.action, options.maxAction);
  const context = { ordered, now: options.now };
  const entries = policy.keys.map((entry, index) => floorEntry(entry, policy, `${place}_${index}`, context));
  const judged = entries.filter(({ entry }) => entry.when === undefined && actionOf(entry) === action);
  const previousKeys = previousKeysOf(ordered);
  const sections: Section[] = [];
  const hasUnnamed = policy.defaultEntry !== undefined && actionOf(policy.defaultEntry) === action;
  for (let from = 0; from < judged.length || (from === 0 && hasUnnamed); from += MAX_ENTRIES) {
    const reported = judged.slice(from, from + MAX_ENTRIES);
    const variables: Variable[] = [];
    const checks: Cel[] = [];
    const lists: Cel[] = [];
    for (const one of reported) {
      const id = idOf(one, entries, place);
      if (one.entry.derive === undefined) variables.push(...placeholderVariables(one, id));
      checks.push(...absenceChecks(one, previousKeys), ...placeholderCheck(one), ...formChecks(one));
      if (one.entry.derive === undefined) continue;
      const derived: DerivedChecks = derivedChecks(one, one.entry.derive, { entries, id });
      variables.push(...derived.variables);
      checks.push(...derived.checks);
      leftOut.push(...derived.leftOut.map((what) => ({ policy: policy.name, key: one.entry.name, what })));
    }
    const shared = sharedValues(reported, previousKeys, policy.name);
    if (shared !== undefined) {
      const name = `same${place}_${from}`;
      variables.push({ name, expression: shared.variable });
      lists.push(shared.findings(`variables.${name}`));
    }
    const isFirst = from === 0 && hasUnnamed;
    if (isFirst) lists.push(unnamedFindings(policy, ordered));
    sections.push({ policy, place, entries, reported, variables, checks, lists, hasUnnamed: isFirst });
  }
  return sections.filter(({ checks, lists }) => checks.some((check) => check !== NEVER) || lists.length > 0);
}

const NEVER = "(false ? '' : '')";

const idOf = (one: FloorEntry, entries: readonly FloorEntry[], place: number): string =>
  `${place}_${entries.indexOf(one)}`;

/** Sections that one admission policy can hold, in the order of precedence. */
function grouped(sections: readonly Section[]): readonly (readonly Section[])[] {
  const groups: Section[][] = [];
  let entries = Number.POSITIVE_INFINITY;
  for (const section of sections) {
    entries += section.reported.length;
    if (entries > MAX_ENTRIES * 2) {
      groups.push([]);
      entries = section.reported.length;
    }
    groups.at(-1)!.push(section);
  }
  return groups;
}

/** The parser of the API server limits the length of an expression. */
const MAX_EXPRESSION = 60_000;

function variablesOf(
  sections: readonly Section[],
  ordered: readonly Policy[],
  options: FloorOptions,
): readonly Variable[] {
  const derivable = new Set(
    ordered.flatMap(({ keys }) =>
      keys
        .filter(({ derive, generate }) => derive !== undefined || generate !== undefined)
        .flatMap(({ name, aliases }) => [name, ...aliases]),
    ),
  );
  const defined: Variable[] = [...OBJECTS, ...DECODER, HEX];
  ordered.forEach((policy, place) => {
    defined.push(
      { name: mayMatch(place), expression: selects(policy, { kind: 'never-less', derivable }) },
      { name: surelyMatches(place), expression: selects(policy, { kind: 'never-more' }) },
    );
  });
  for (const { entries } of new Map(sections.map((section) => [section.place, section])).values())
    defined.push(...entries.flatMap(({ variables }) => variables));
  const unnamed = sections.filter(({ hasUnnamed }) => hasUnnamed).map(({ policy }) => policy);
  defined.push(
    ...unnamed.map((policy) => unnamedKeys(policy, ordered, options.now)),
    ...foundVariables('secret', shortValues('secret', sections)),
    ...foundVariables('any', [
      ...shortValues('any', sections),
      ...unnamed.map((policy) => unnamedValues(policy, ordered)),
    ]),
  );
  defined.push(...sections.flatMap(({ variables }) => variables));
  const results: Cel[] = [];
  sections.forEach(({ place, checks, lists }, at) => {
    const chunks = chunked(checks.filter((check) => check !== NEVER));
    const parts = [...chunks.map((chunk) => `[${chunk.join(', ')}].filter(found, found != '')`), ...lists];
    parts.forEach((part, number) => {
      const name = `f${at}_${number}`;
      defined.push({ name, expression: `variables.${surelyMatches(place)} ? ${part} : []` });
      results.push(`variables.${name}`);
    });
  });
  defined.push(
    { name: 'findings', expression: results.join(' + ') },
    { name: 'text', expression: "variables.findings.join('; ')" },
  );
  return needed(defined, ['text']);
}

/** The short values that can be a placeholder. */
const shortValues = (role: FloorRole, sections: readonly Section[]): readonly Cel[] =>
  valueLists(
    sections.map(({ place, reported }) => ({
      isAsked: `variables.${surelyMatches(place)}`,
      values: reported
        .filter((one) => one.entry.derive === undefined && roleOf(one) === role)
        .map(({ short }) => short),
    })),
  );

function chunked(checks: readonly Cel[]): readonly (readonly Cel[])[] {
  const chunks: Cel[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const check of checks) {
    length += check.length;
    if (length > MAX_EXPRESSION) {
      chunks.push([]);
      length = check.length;
    }
    chunks.at(-1)!.push(check);
  }
  return chunks;
}

/** The variables that these need, each after those that it needs itself. */
function needed(defined: readonly Variable[], wanted: readonly string[]): readonly Variable[] {
  const byName = new Map(defined.map((variable) => [variable.name, variable]));
  const ordered: Variable[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const variable = byName.get(name);
    if (variable === undefined || seen.has(name)) return;
    seen.add(name);
    for (const [, used = ''] of variable.expression.matchAll(/variables\.(\w+)/g)) visit(used);
    ordered.push(variable);
  };
  for (const name of wanted) visit(name);
  return ordered;
}
