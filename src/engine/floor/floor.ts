import type { Action } from '../finding/finding.ts';
import { milder } from '../finding/finding.ts';
import { byPrecedence, type Policy } from '../policy/policy.ts';
import { admissionPolicy, type FloorObject, type FloorOptions } from './admission-policy.ts';
import { characterCounts, DECODER } from './base64.ts';
import { type Cel, concat } from './cel.ts';
import { compact } from './compact.ts';
import { derivedChecks, HEX } from './derived.ts';
import { isCompared, type SharedValues, sharedValues } from './distinct.ts';
import { type FloorEntry, floorEntry, mayMatch, surelyMatches, type Variable } from './entry.ts';
import { type LeftOut, leftOutOf } from './left-out.ts';
import { OBJECTS, selects } from './match.ts';
import { NEVER } from './message.ts';
import {
  foundName,
  placeholderFindings,
  placeholderItems,
  placeholderVariables,
  unnamedItems,
} from './placeholder.ts';
import { unnamedKeys } from './unnamed.ts';
import type { FloorRole } from './usual-placeholders.ts';
import { hasLength, keyChecks, previousKeysOf } from './value-checks.ts';

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
  const plan = planOf(policies, options);
  const leftOut: LeftOut[] = [];
  const notes: string[] = [];
  const objects: FloorObject[] = [];
  for (const action of ['Enforce', 'Warn', 'Audit'] as const) {
    const shared = sharedByAction(plan, action);
    leftOut.push(...(shared?.leftOut ?? []));
    const groups = grouped(plan.ordered.flatMap((_, place) => sectionsOf(plan, place, action, leftOut)));
    if (groups.length === 0 && shared !== undefined) groups.push([]);
    const name = `${FLOOR_NAME}${SUFFIXES[action]}`;
    groups.forEach((group, at) => {
      const variables = variablesOf(plan, group, at === 0 ? shared : undefined);
      objects.push(...admissionPolicy(at === 0 ? name : `${name}-${at + 1}`, action, variables, options));
    });
    if (groups.length > 1)
      notes.push(
        `${name} is split into ${groups.length} admission policies, because the API server limits the size and the cost of one`,
      );
  }
  return {
    objects,
    leftOut: plan.ordered.flatMap((policy) => [
      ...leftOutOf(policy, options.now),
      ...leftOut.filter((one) => one.policy === policy.name),
    ]),
    notes,
  };
}

/** The parts that all admission policies of a floor share. */
interface FloorPlan {
  readonly options: FloorOptions;
  /** Highest precedence first. The place of a policy is its number in this list. */
  readonly ordered: readonly Policy[];
  /** The entries of each policy. */
  readonly entries: readonly (readonly FloorEntry[])[];
  readonly previousKeys: ReadonlySet<string>;
  readonly actionOf: (one: { readonly action: Action }) => Action;
}

function planOf(policies: readonly Policy[], options: FloorOptions): FloorPlan {
  const ordered = policies.toSorted(byPrecedence);
  const context = { ordered, now: options.now };
  return {
    options,
    ordered,
    entries: ordered.map((policy, place) =>
      policy.keys.map((entry, index) => floorEntry(entry, policy, `${place}_${index}`, context)),
    ),
    previousKeys: previousKeysOf(ordered),
    actionOf: ({ action }) => milder(action, options.maxAction),
  };
}

/** Values that two keys share, also keys of two policies. */
function sharedByAction(plan: FloorPlan, action: Action): SharedValues | undefined {
  const compared = plan.entries.flatMap((entries, place) =>
    entries
      .filter((one) => isCompared(one, plan.previousKeys))
      .map((one) => ({
        one,
        entries,
        isAsked: `variables.${surelyMatches(place)}`,
        action: plan.actionOf(one.entry),
      })),
  );
  return sharedValues(compared, action);
}

/** The findings of one policy with one action, or a part of them. */
interface Section {
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

function sectionsOf(plan: FloorPlan, place: number, action: Action, leftOut: LeftOut[]): readonly Section[] {
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
function grouped(sections: readonly Section[]): Section[][] {
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

const ROLES: readonly FloorRole[] = ['secret', 'any'];

function variablesOf(
  plan: FloorPlan,
  sections: readonly Section[],
  shared: SharedValues | undefined,
): readonly Variable[] {
  const matches = matchVariables(plan.ordered);
  const defined: Variable[] = [
    ...OBJECTS,
    ...DECODER,
    HEX,
    ...matches,
    ...plan.entries.flat().flatMap(({ variables }) => variables),
    ...sections.flatMap(({ variables }) => variables),
    ...valueVariables(plan, sections, matches),
  ];
  const names = new Set(defined.map(({ name }) => name));
  const results: Cel[] = ROLES.filter((role) => names.has(foundName(role))).map(placeholderFindings);
  if (shared !== undefined) {
    defined.push(...shared.variables);
    results.push(shared.findings);
  }
  const counted = sections.flatMap(({ reported }) => reported.filter(hasLength));
  defined.push(...characterCounts(counted));
  sections.forEach(({ place, checks, reported }, at) => {
    const all = [
      ...checks,
      ...reported.map((one) => keyChecks(one, plan.previousKeys, counted.indexOf(one))),
    ];
    chunked(all.filter((check) => check !== NEVER)).forEach((chunk, number) => {
      const name = `f${at}_${number}`;
      defined.push({ name, expression: `variables.${surelyMatches(place)} ? ${concat(chunk)} : []` });
      results.push(`variables.${name}`);
    });
  });
  defined.push(
    { name: 'findings', expression: concat(results) },
    { name: 'text', expression: "variables.findings.join('; ')" },
  );
  return compact(defined, ['findings', 'text']);
}

/** Whether each policy may select the Secret, and whether it surely does. */
function matchVariables(ordered: readonly Policy[]): readonly Variable[] {
  const derivable = new Set(
    ordered.flatMap(({ keys }) =>
      keys
        .filter(({ derive, generate }) => derive !== undefined || generate !== undefined)
        .flatMap(({ name, aliases }) => [name, ...aliases]),
    ),
  );
  return ordered.flatMap((policy, place) => [
    { name: mayMatch(place), expression: selects(policy, { kind: 'never-less', derivable }) },
    { name: surelyMatches(place), expression: selects(policy, { kind: 'never-more' }) },
  ]);
}

/** The placeholders among the values of the sections, and of keys that no policy names. */
function valueVariables(
  { ordered, options }: FloorPlan,
  sections: readonly Section[],
  matches: readonly Variable[],
): readonly Variable[] {
  const isAlways = (place: number): boolean =>
    matches.find(({ name }) => name === mayMatch(place))?.expression === 'true';
  const unnamed = sections
    .filter(({ hasUnnamed }) => hasUnnamed)
    .map(({ place }) => ({
      policy: ordered[place]!,
      variables: unnamedKeys(ordered[place]!, ordered, options.now, isAlways),
    }));
  const itemsOf = (role: FloorRole) =>
    sections.map(({ place, reported }) =>
      placeholderItems(`variables.${surelyMatches(place)}`, reported, role),
    );
  return [
    ...unnamed.flatMap(({ variables }) => variables),
    ...placeholderVariables('secret', itemsOf('secret'), []),
    ...placeholderVariables(
      'any',
      itemsOf('any'),
      unnamed.map(({ policy, variables }) =>
        unnamedItems(`variables.${variables.at(-1)!.name}`, policy.name),
      ),
    ),
  ];
}

/** The parser of the API server limits the length of an expression. */
const MAX_EXPRESSION = 60_000;

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
