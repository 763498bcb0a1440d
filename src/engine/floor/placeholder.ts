import { sentenceWithoutPolicy } from '../finding/finding.ts';
import type { PlaceholderVerdict } from '../placeholder/verdict.ts';
import { base64, decoded, encodedSize, isWhole, withoutLineBreak } from './base64.ts';
import { anyOf, type Cel, listOf, quote, when } from './cel.ts';
import type { FloorEntry, Variable } from './entry.ts';
import { fixByKey, fixOf, policyOf } from './message.ts';
import {
  FOLDED_PATTERNS,
  MAX_PATTERN_BYTES,
  PATTERNS,
  type PlaceholderPattern,
} from './placeholder-patterns.ts';
import { type FloorRole, usualPlaceholders } from './usual-placeholders.ts';

export const roleOf = ({ entry }: Pick<FloorEntry, 'entry'>): FloorRole =>
  entry.sensitive === true ? 'secret' : 'any';

/** Names of the variables about the values of one role. */
const names = (role: FloorRole) => {
  const letter = role === 'secret' ? 'S' : 'A';
  return {
    values: `values${letter}`,
    hits: `hits${letter}`,
    texts: `texts${letter}`,
    found: `found${letter}`,
  };
};

/** The literals of one expression. The parser of the API server limits its length. */
const MAX_LITERALS = 1500;

/** The patterns need the text of a value. The API server limits the cost of one expression. */
const MAX_DECODED_VALUES = 40;

/**
 * The placeholders among the short values of a role: a list of value, first part of the finding, and fix. The fix is
 * empty if it depends on the key. One expression asks about all values, because the API server then looks each of them
 * up in a set.
 */
export function foundVariables(role: FloorRole, values: readonly Cel[]): readonly Variable[] {
  const { values: all, hits, texts, found } = names(role);
  const variables: Variable[] = [{ name: all, expression: values.join(' + ') || '[]' }];
  const results: Cel[] = [];
  const add = (name: string, verdict: PlaceholderVerdict, expression: Cel): void => {
    variables.push({ name, expression });
    results.push(
      `variables.${name}.map(value, [value, ${quote(startOf(verdict))}, ${quote(commonFix(verdict))}])`,
    );
  };
  usualPlaceholders(role).forEach(({ verdict, texts: usual }, group) => {
    for (let from = 0; from < usual.length; from += MAX_LITERALS)
      add(
        `${hits}${group}_${from}`,
        verdict,
        `variables.${all}.filter(value, value in ${listOf(usual.slice(from, from + MAX_LITERALS).map(base64))})`,
      );
  });
  if (role === 'secret')
    values.forEach((some, number) => {
      const name = `${texts}${number}`;
      variables.push({
        name,
        expression: `${some}.map(value, [value, ${decoded('value', MAX_PATTERN_BYTES)}]).filter(one, ${isWhole('one[1]', 'one[0]')})`,
      });
      for (const [group, patterns, isFolded] of PATTERN_GROUPS)
        add(
          `${name}_${group}`,
          patterns.verdict,
          `variables.${name}.filter(one, ${matchesPattern(patterns, isFolded)}).map(one, one[0])`,
        );
    });
  variables.push({ name: found, expression: results.join(' + ') || '[]' });
  return variables;
}

const PATTERN_GROUPS: readonly (readonly [group: number, patterns: PlaceholderPattern, isFolded: boolean])[] =
  [
    ...FOLDED_PATTERNS.map((patterns) => ({ patterns, isFolded: true })),
    ...PATTERNS.map((patterns) => ({ patterns, isFolded: false })),
  ].map(({ patterns, isFolded }, group) => [group, patterns, isFolded]);

function matchesPattern({ patterns }: PlaceholderPattern, isFolded: boolean): Cel {
  const text = isFolded ? 'one[1].lowerAscii()' : 'one[1]';
  const matches = anyOf(patterns.map((pattern) => `${text}.matches(${quote(pattern)})`));
  return isFolded
    ? `(one[1] == one[1].lowerAscii() || one[1] == one[1].upperAscii()) && ${matches}`
    : matches;
}

/** The short values of entries, for keys whose policy selects the Secret. `isAsked` says whether it does. */
export interface ShortValues {
  readonly isAsked: Cel;
  readonly values: readonly Cel[];
}

/** Lists that one expression can decode. */
export function valueLists(groups: readonly ShortValues[]): readonly Cel[] {
  const lists: { count: number; parts: Cel[] }[] = [];
  for (const { isAsked, values } of groups) {
    for (let from = 0; from < values.length; from += MAX_DECODED_VALUES) {
      const some = values.slice(from, from + MAX_DECODED_VALUES);
      const part = `(${isAsked} ? [${some.join(', ')}].filter(value, value != '') : [])`;
      const last = lists.at(-1);
      if (last === undefined || last.count + some.length > MAX_DECODED_VALUES)
        lists.push({ count: some.length, parts: [part] });
      else {
        last.count += some.length;
        last.parts.push(part);
      }
    }
  }
  return lists.map(({ parts }) => `(${parts.join(' + ')})`);
}

/** The findings of a value, as a list of value, first part and fix. */
export const foundIn = (role: FloorRole): Cel => `variables.${names(role).found}`;

/** Variables for the short value and for the finding of an entry. */
export function placeholderVariables(one: FloorEntry, id: string): readonly Variable[] {
  const { value, short } = one;
  const fix = fixOf(
    one,
    one.entry.sensitive === true ? fixByKey(one, 'set a generated value') : () => 'set the real value',
  );
  const matching = `${foundIn(roleOf(one))}.filter(found, found[0] == ${short})`;
  const line = `found[1] + (found[2] == '' ? ${fix} : found[2]) + ${quote(policyOf(one))}`;
  return [
    {
      name: `s${id}`,
      expression: when(`size(${value}) > ${encodedSize(MAX_PATTERN_BYTES)}`, "''", withoutLineBreak(value)),
    },
    { name: `p${id}`, expression: `(${short} == '' ? [] : ${matching}.map(found, ${line})) + ['']` },
  ];
}

/** `is a placeholder [lockstep/placeholder]: ` */
const startOf = (verdict: PlaceholderVerdict): string =>
  sentenceWithoutPolicy({ rule: verdict.rule, message: verdict.what, fix: '' });

function commonFix({ rule }: PlaceholderVerdict): string {
  switch (rule) {
    case 'placeholder':
      return '';
    case 'unrendered-template':
      return 'render the manifest before it is applied: Kubernetes replaces nothing inside a Secret';
    case 'unresolved-reference':
      return 'apply it through the tool that resolves it, or set the value itself';
  }
}
