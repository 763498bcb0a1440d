import type { Policy } from '../policy/policy.ts';
import { characterCounts, DECODER } from './base64.ts';
import { type Cel, concat } from './cel.ts';
import { compact } from './compact.ts';
import type { SharedValues } from './distinct.ts';
import { mayMatch, NAMES_SYSTEM, surelyMatches, type Variable } from './entry.ts';
import { OBJECTS, selects } from './match.ts';
import { NEVER } from './message.ts';
import {
  foundName,
  placeholderFindings,
  placeholderItems,
  placeholderVariables,
  unnamedItems,
} from './placeholder/findings.ts';
import { unnamedKeys } from './placeholder/unnamed-keys.ts';
import type { FloorRole } from './placeholder/usual.ts';
import type { FloorPlan } from './plan.ts';
import type { Section } from './sections.ts';
import { HEX } from './url-mismatch.ts';
import { hasLength, keyChecks } from './value-checks.ts';

const ROLES: readonly FloorRole[] = ['secret', 'any'];

/** The variables of one admission policy. The last two are `findings`, a list, and `text`. */
export function variablesOf(
  plan: FloorPlan,
  sections: readonly Section[],
  shared: SharedValues | undefined,
): readonly Variable[] {
  const matches = matchVariables(plan.ordered);
  const defined: Variable[] = [
    ...OBJECTS,
    NAMES_SYSTEM,
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
