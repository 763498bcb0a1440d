import { type Action, milder, policySuffix, sentenceWithoutPolicy } from '../finding/finding.ts';
import { encodedSize } from './base64.ts';
import { allOf, type Cel, concat, listOf, quote, when } from './cel.ts';
import { type FloorEntry, spellingsOf, type Variable } from './entry.ts';
import type { LeftOut } from './left-out.ts';
import { fixByKey, fixOf } from './message.ts';

/** An entry, and the entries of its policy. `isAsked` says whether the policy selects the Secret. */
export interface ComparedEntry {
  readonly one: FloorEntry;
  readonly entries: readonly FloorEntry[];
  readonly isAsked: Cel;
  readonly action: Action;
}

/** The entries whose values the floor compares with each other. A previous key may be equal to its key. */
export const isCompared = ({ entry, spellings }: FloorEntry, previousKeys: ReadonlySet<string>): boolean =>
  entry.derive === undefined &&
  (entry.sensitive === true || entry.distinctFrom.length > 0) &&
  !spellings.some((one) => previousKeys.has(one));

/** Comparing each value with each other one costs the square of their number, times their size. */
const MAX_COMPARED = 60;
const MAX_COMPARED_BYTES = 384;

/** The places of the parts of a compared value, in a list. */
const KEY = 0;
const VALUE = 1;
const NAME = 2;
const IS_CHANGED = 3;
const NAMED = 4;
const FIX = 5;
const HAS_ACTION = 6;
const OTHER_SPELLINGS = 7;
/** The engine only warns if the key is lenient. The other key of the finding may be. */
const IS_STRICT = 8;

/** The variables of the compared values, and the findings about them. */
export interface SharedValues {
  readonly variables: readonly Variable[];
  readonly findings: Cel;
  readonly leftOut: readonly LeftOut[];
}

/**
 * The findings about values that two keys share, of one policy or of two. The stricter action of the two keys is that
 * of the finding. Two spellings of one key may be equal, so such keys are not compared.
 */
export function sharedValues(all: readonly ComparedEntry[], action: Action): SharedValues | undefined {
  const candidates = all.filter((one) => milder(one.action, action) === one.action);
  const compared = candidates.slice(0, MAX_COMPARED);
  if (compared.length < 2 || !compared.some((one) => one.action === action)) return undefined;
  const items = compared.map((one) => itemOf(one, compared, action));
  const text = sentenceWithoutPolicy({ rule: 'distinct', message: '\n', fix: '\r' });
  const [before = '', between = ''] = text.split(/[\n\r]/);
  const mustDiffer = allOf([
    `a[${VALUE}] == b[${VALUE}]`,
    `a[${NAME}] != b[${NAME}]`,
    `(a[${IS_CHANGED}] || b[${IS_CHANGED}])`,
    `(a[${HAS_ACTION}] || b[${HAS_ACTION}])`,
    `!(a[${KEY}] in b[${OTHER_SPELLINGS}] || b[${KEY}] in a[${OTHER_SPELLINGS}])`,
    // The key that names the other is the one to change. If neither does, it is the later one.
    when(`a[${KEY}] < b[${KEY}]`, `b[${NAME}] in a[${NAMED}]`, `!(a[${NAME}] in b[${NAMED}])`),
  ]);
  const values = 'variables.shared';
  return {
    variables: [
      { name: 'sensitive', expression: concat(compared.map(shortValueOf)) },
      // Equal values are rare, and a look-up costs less than a comparison of each pair.
      {
        name: 'repeated',
        expression:
          'variables.sensitive.filter(value, variables.sensitive.indexOf(value) != variables.sensitive.lastIndexOf(value))',
      },
      {
        name: 'shared',
        expression: `size(variables.repeated) == 0 ? [] : (${concat(items)}).filter(one, one[${VALUE}] in variables.repeated)`,
      },
    ],
    findings:
      `${values}.filter(a, a[${IS_STRICT}] && ${values}.exists(b, ${mustDiffer})).map(a, 'data[' + a[${KEY}] + ${quote(`]: ${before}has the same value as `)} + ` +
      `${values}.filter(b, ${mustDiffer})[0][${KEY}] + ${quote(between)} + a[${FIX}])`,
    leftOut: candidates.slice(MAX_COMPARED).map(({ one }) => ({
      policy: one.policy.name,
      key: one.entry.name,
      what: `a value that it shares with another key, because the floor compares ${MAX_COMPARED} keys at most`,
    })),
  };
}

const isAskedAndShort = ({ one, isAsked }: ComparedEntry): Cel =>
  allOf([
    isAsked,
    one.isHeld,
    `${one.value} != ''`,
    `size(${one.value}) <= ${encodedSize(MAX_COMPARED_BYTES)}`,
  ]);

const shortValueOf = (entry: ComparedEntry): Cel =>
  when(isAskedAndShort(entry), `[${entry.one.value}]`, '[]');

function itemOf(
  { one, entries, isAsked, action: own }: ComparedEntry,
  compared: readonly ComparedEntry[],
  action: Action,
): Cel {
  const isIncluded = allOf([
    isAsked,
    one.isOwned,
    one.isPlain,
    ...(one.spellings.length > 1
      ? [`${listOf(one.spellings)}.filter(key, key in variables.data).size() == 1`]
      : []),
    ...previousSpellings(one, entries).map((key) => `!(${quote(key)} in variables.data)`),
  ]);
  const others = new Set(
    compared.flatMap((other) => (other.one.entry.name === one.entry.name ? [] : other.one.spellings)),
  );
  const parts = [
    one.key,
    one.value,
    quote(one.entry.name),
    one.isChanged,
    listOf(one.entry.distinctFrom),
    `${fixOf(one, fixByKey(one, 'generate a value of its own'))} + ${quote(policySuffix(one.policy.name))}`,
    // An exception for one of the keys does not cover the other.
    own === action ? one.isRefusable : 'false',
    listOf(one.spellings.filter((spelling) => others.has(spelling))),
    String(!one.entry.lenient),
  ];
  return when(isIncluded, `[[${parts.map((part) => `dyn(${part})`).join(', ')}]]`, '[]');
}

function previousSpellings({ entry }: FloorEntry, entries: readonly FloorEntry[]): readonly string[] {
  const name = entry.rotate?.previousKey;
  if (name === undefined) return [];
  const listed = entries.find((one) => one.entry.name === name);
  return listed === undefined ? [name] : spellingsOf(listed.entry);
}
