import { byPrecedence, type Policy } from '../../policy/policy.ts';
import { type Action, milder } from '../../secret/finding/finding.ts';
import { admissionPolicy, type FloorObject, type FloorOptions } from './admission-policy.ts';
import { type Cel, concat, type Variable } from './cel.ts';
import { type FloorEntry, floorEntry, NAMES_SYSTEM } from './entry.ts';
import { keyChecks, previousKeysOf } from './key-checks.ts';
import { matchVariables, OBJECTS, surelyMatches } from './match.ts';
import { NEVER } from './message.ts';
import { placeholderChecks } from './placeholders.ts';

/** The floor for some policies: objects for the API server. */
export interface Floor {
  readonly objects: readonly FloorObject[];
  /** One sentence for each action whose admission policy was split. */
  readonly notes: readonly string[];
}

const FLOOR_NAME = 'lockstep-floor';

const SUFFIXES: Readonly<Record<Action, string>> = { Enforce: '', Warn: '-warn', Audit: '-audit' };

/**
 * The API server compiles an admission policy before it stores it, and ends the request after 34 seconds. An admission
 * policy with so many keys takes about 3 seconds of CPU time.
 */
const MAX_ENTRIES = 100;

/**
 * Translates policies into admission policies that the API server evaluates. The floor is never stricter than the
 * engine: if a condition is not exact, the floor lets more pass.
 */
export function floorOf(policies: readonly Policy[], options: FloorOptions): Floor {
  const ordered = policies.toSorted(byPrecedence);
  const entries = ordered.flatMap((policy, place) => entriesOf(policy, place, ordered, options.now));
  const notes: string[] = [];
  const objects: FloorObject[] = [];
  for (const action of ['Enforce', 'Warn', 'Audit'] as const) {
    const some = entries.filter(({ entry }) => milder(entry.action, options.maxAction) === action);
    const groups = chunksOf(some, MAX_ENTRIES);
    const name = `${FLOOR_NAME}${SUFFIXES[action]}`;
    groups.forEach((group, at) => {
      const variables = variablesOf(ordered, group);
      objects.push(...admissionPolicy(at === 0 ? name : `${name}-${at + 1}`, action, variables, options));
    });
    if (groups.length > 1)
      notes.push(
        `${name} is split into ${groups.length} admission policies, because the API server limits the size and the cost of one`,
      );
  }
  return { objects, notes };
}

/** lockstep may derive a value in place of an absent or a wrong one, so the floor leaves derived keys to it. */
const entriesOf = (
  policy: Policy,
  place: number,
  ordered: readonly Policy[],
  now: Date,
): readonly FloorEntry[] =>
  policy.keys
    .filter(({ derive }) => derive === undefined)
    .map((entry, index) => floorEntry(entry, policy, `${place}_${index}`, { ordered, now }));

/** The API server limits the cost of one expression, and its parser the length. */
const MAX_CHECKS = 50;
const MAX_LENGTH = 60_000;

/** The variables of one admission policy. The last two are `findings`, a list, and `text`. */
function variablesOf(ordered: readonly Policy[], entries: readonly FloorEntry[]): readonly Variable[] {
  const placeholders = placeholderChecks(entries);
  const previousKeys = previousKeysOf(ordered);
  const checked: Variable[] = [];
  for (const [place, own] of Map.groupBy(entries, (one) => one.place)) {
    const checks = own.map((one) => keyChecks(one, previousKeys)).filter((check) => check !== NEVER);
    expressionsOf(checks).forEach((chunk, number) => {
      const expression = `${surelyMatches(place)} ? ${concat(chunk)} : []`;
      checked.push({ name: `f${place}_${number}`, expression });
    });
  }
  const findings = [...placeholders.findings, ...checked.map(({ name }): Cel => `variables.${name}`)];
  return neededBy('text', [
    ...OBJECTS,
    NAMES_SYSTEM,
    ...matchVariables(ordered),
    ...entries.flatMap(({ variables }) => variables),
    ...placeholders.variables,
    ...checked,
    { name: 'findings', expression: concat(findings) },
    { name: 'text', expression: "variables.findings.join('; ')" },
  ]);
}

function expressionsOf(checks: readonly Cel[]): readonly (readonly Cel[])[] {
  const expressions: Cel[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const check of checks) {
    length += check.length;
    if (length > MAX_LENGTH || expressions.at(-1)?.length === MAX_CHECKS) {
      expressions.push([]);
      length = check.length;
    }
    expressions.at(-1)!.push(check);
  }
  return expressions;
}

/** The variables that this one needs, each after those that it needs itself. */
function neededBy(wanted: string, defined: readonly Variable[]): readonly Variable[] {
  const needed = new Set([wanted]);
  for (const { name, expression } of defined.toReversed())
    if (needed.has(name))
      for (const [, used = ''] of expression.matchAll(/variables\.(\w+)/g)) needed.add(used);
  return defined.filter(({ name }) => needed.has(name));
}

const chunksOf = <Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
