import { sentence } from '../finding/finding.ts';
import { allOf, type Cel, listOf, not, quote, when } from './cel.ts';
import { type FloorEntry, spellingsOf } from './entry.ts';
import { fixByKey, fixOf } from './message.ts';
import { isEmulatorKey } from './value-checks.ts';

/** The entries whose values the floor compares with each other. */
const isCompared = ({ entry }: Pick<FloorEntry, 'entry'>): boolean =>
  entry.derive === undefined && !entry.lenient && (entry.sensitive === true || entry.distinctFrom.length > 0);

/** Comparing each value with each other one costs the square of their number. */
const MAX_COMPARED = 60;

/** The places of the parts of a compared value, in a list. */
const KEY = 0;
const VALUE = 1;
const NAME = 2;
const IS_CHANGED = 3;
const NAMED = 4;
const FIX = 5;

/**
 * The findings about values that two keys share: a list. A previous key and two spellings of one key may be equal, so
 * such keys are not compared.
 */
export function sharedValues(
  entries: readonly FloorEntry[],
  previousKeys: ReadonlySet<string>,
  policy: string,
): { readonly variable: Cel; readonly findings: (variable: Cel) => Cel } | undefined {
  const compared = entries
    .filter(isCompared)
    .filter(({ spellings }) => !spellings.some((one) => previousKeys.has(one)));
  if (compared.length < 2 || compared.length > MAX_COMPARED) return undefined;
  const items = compared.map((one) => {
    const isIncluded = allOf([
      one.isDecided,
      `${one.value} != ''`,
      one.isAsTyped,
      not(isEmulatorKey(one.value)),
      ...(one.spellings.length > 1
        ? [`${listOf(one.spellings)}.filter(key, key in variables.data).size() == 1`]
        : []),
      ...previousSpellings(one, entries).map((key) => `!(${quote(key)} in variables.data)`),
    ]);
    const parts = [
      one.key,
      one.value,
      quote(one.entry.name),
      one.isChanged,
      listOf(one.entry.distinctFrom),
      fixOf(one, fixByKey(one, 'generate a value of its own')),
    ];
    return when(isIncluded, `[[${parts.map((part) => `dyn(${part})`).join(', ')}]]`, '[]');
  });
  const text = sentence({ rule: 'distinct', message: '\n', fix: '\r', policy });
  const [before = '', between = '', after = ''] = text.split(/[\n\r]/);
  const mustDiffer = allOf([
    `a[${VALUE}] == b[${VALUE}]`,
    `a[${NAME}] != b[${NAME}]`,
    `(a[${IS_CHANGED}] || b[${IS_CHANGED}])`,
    // The key that names the other is the one to change. If neither does, it is the later one.
    when(`a[${KEY}] < b[${KEY}]`, `b[${NAME}] in a[${NAMED}]`, `!(a[${NAME}] in b[${NAMED}])`),
  ]);
  return {
    variable: `[${items.map((item) => `dyn(${item})`).join(', ')}].filter(one, one.size() > 0).map(one, one[0])`,
    findings: (all) =>
      `${all}.filter(a, ${all}.exists(b, ${mustDiffer})).map(a, 'data[' + a[${KEY}] + ']: ${before}has the same value as ' + ` +
      `${all}.filter(b, ${mustDiffer})[0][${KEY}] + ${quote(between)} + a[${FIX}] + ${quote(after)})`,
  };
}

function previousSpellings({ entry }: FloorEntry, entries: readonly FloorEntry[]): readonly string[] {
  const name = entry.rotate?.previousKey;
  if (name === undefined) return [];
  const listed = entries.find((one) => one.entry.name === name);
  return listed === undefined ? [name] : spellingsOf(listed.entry);
}
