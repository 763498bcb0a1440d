import { GENERATE_ANNOTATION } from '../decide/generate.ts';
import { sentence } from '../finding/finding.ts';
import type { Derivation } from '../policy/policy.ts';
import { referencesOf } from '../policy/template.ts';
import { allOf, anyOf, type Cel, not, quote } from './cel.ts';
import { type FloorEntry, type Variable, valueIn } from './entry.ts';
import { IS_NEW } from './match.ts';
import { findingIf, NEVER } from './message.ts';
import { mismatchChecks } from './url-mismatch.ts';

/** The findings about a derived key, and the requirements that they leave out. */
export interface DerivedChecks {
  readonly variables: readonly Variable[];
  readonly checks: readonly Cel[];
  readonly leftOut: readonly string[];
}

/** The keys next to a derived key. */
export interface DerivedContext {
  readonly entries: readonly FloorEntry[];
  readonly id: string;
}

export function derivedChecks(one: FloorEntry, derive: Derivation, context: DerivedContext): DerivedChecks {
  const url = derive.template.url;
  const leftOut: string[] = [];
  const checks: Cel[] = [];
  const variables: Variable[] = [];
  const isPostgres = url?.system === 'postgres';
  const bases = basesOf(derive, context);
  if (one.entry.required || one.entry.requiredWith !== undefined) {
    if (one.entry.required && isPostgres && bases !== undefined) checks.push(underivable(one, derive, bases));
    else leftOut.push('a missing value, because lockstep may derive it');
  }
  if (url === undefined || derive.exact)
    leftOut.push('a difference from its base keys, because CEL would have to render the whole template');
  else if (!isPostgres)
    leftOut.push(`a difference from its base keys, because only URLs of PostgreSQL are decoded`);
  else if (bases === undefined)
    leftOut.push('a difference from its base keys, because their entries have conditions');
  else {
    const mismatch = mismatchChecks(one, derive, url, bases, context.id);
    variables.push(...mismatch.variables);
    checks.push(...mismatch.checks);
  }
  return { variables, checks, leftOut };
}

/** The entries of the base keys by their names. Undefined if the template follows keys that are not all plain. */
function basesOf(
  { baseNames }: Derivation,
  { entries }: DerivedContext,
): ReadonlyMap<string, FloorEntry> | undefined {
  const bases = new Map<string, FloorEntry>();
  for (const name of baseNames) {
    const base = entries.find(({ entry }) => entry.name === name);
    // A base key that the policy does not list has a default, and no part of the login.
    if (base === undefined) continue;
    if (base.entry.when !== undefined || base.entry.derive !== undefined) return undefined;
    bases.set(name, base);
  }
  return bases;
}

/**
 * A missing required URL whose base key is missing too. The values of the other base keys must be new. An invalid one
 * is then refused itself, so no other fault explains the missing URL.
 */
function underivable(one: FloorEntry, derive: Derivation, bases: ReadonlyMap<string, FloorEntry>): Cel {
  const needed = [
    ...new Set(
      referencesOf(derive.template.whole)
        .filter(({ fallback }) => fallback === undefined)
        .map(({ name }) => name),
    ),
  ];
  const all = [...bases.values()];
  const listed = needed.flatMap((name) => bases.get(name) ?? []);
  if (listed.length < needed.length || listed.length === 0) return NEVER;
  const missing = `[${listed.map((base) => `${base.value} == '' ? ${base.key} : ''`).join(', ')}].filter(key, key != '')`;
  const canGenerate = all.some(({ entry }) => entry.generate !== undefined);
  const condition = allOf([
    one.isDecided,
    `${one.value} == ''`,
    anyOf([one.isChanged, ...all.map(({ isChanged }) => isChanged)]),
    ...derive.addWith.map((key) => `${valueIn('variables.data', quote(key))} != ''`),
    ...all.map((base) => anyOf([`${base.value} == ''`, allOf([base.isChanged, base.isDecided])])),
    ...unlistedBases(derive, bases).map((name) => `!(${quote(name)} in variables.data)`),
    ...(canGenerate
      ? [
          not(
            allOf([
              IS_NEW,
              'has(variables.secret.metadata.annotations)',
              `${quote(GENERATE_ANNOTATION)} in variables.secret.metadata.annotations`,
            ]),
          ),
        ]
      : []),
    // Each base key that is invalid has a finding with the same action.
    all.every(({ entry }) => entry.action === one.entry.action) ? 'true' : 'false',
    anyOf(listed.map((base) => allOf([`${base.value} == ''`, base.isDecided]))),
  ]);
  const text = sentence({
    rule: 'underivable',
    message: 'can not be derived without \n',
    fix: 'add \n',
    policy: one.policy.name,
  });
  const line = text.split('\n').map(quote).join(` + ${missing}.join(', ') + `);
  return findingIf(condition, `'data[' + ${one.key} + ']: ' + ${line}`);
}

const unlistedBases = (
  { baseNames }: Derivation,
  bases: ReadonlyMap<string, FloorEntry>,
): readonly string[] => baseNames.filter((name) => !bases.has(name));
