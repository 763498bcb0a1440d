import { policySuffix, sentenceWithoutPolicy } from '../../finding/finding.ts';
import type { PlaceholderVerdict } from '../../placeholder/verdict.ts';
import { base64, decoded, encodedSize, isWhole, withoutLineBreak } from '../base64.ts';
import { allOf, anyOf, type Cel, concat, listOf, quote, when } from '../cel.ts';
import type { FloorEntry, Variable } from '../entry.ts';
import { fixByKey, fixOf } from '../message.ts';
import { mayBePlaceholder } from './beginnings.ts';
import { FOLDED_PATTERNS, MAX_PATTERN_BYTES, PATTERNS, type PlaceholderPattern } from './patterns.ts';
import { type FloorRole, type PlaceholderGroup, usualPlaceholders } from './usual.ts';

/** The places in an item about a value: the value in base64, the key, the usual fix, the end of the finding. */
const VALUE = 0;
const KEY = 1;
const FIX = 2;
const POLICY = 3;
/** The value without a line break at its end, which lockstep removes. */
const TRIMMED = 4;
/** The text of the value, then in small letters. */
const TEXT = 5;
const LOWER = 6;
/** The text in small letters if it has only these or only capitals, else empty. */
const ONE_CASE = 7;
/** The same, also if only the first letter is a capital. */
const CAPITALISED = 8;

const roleOf = ({ entry }: Pick<FloorEntry, 'entry'>): FloorRole =>
  entry.sensitive === true ? 'secret' : 'any';

/** Items for the values that the request set. `isAsked` says whether the policy selects the Secret. */
export interface PlaceholderItems {
  readonly isAsked: Cel;
  /** Lists, each of one item or empty. */
  readonly items: readonly Cel[];
}

export const placeholderItems = (
  isAsked: Cel,
  entries: readonly FloorEntry[],
  role: FloorRole,
): PlaceholderItems => ({
  isAsked,
  items: entries
    .filter((one) => one.entry.derive === undefined && roleOf(one) === role)
    .map((one) => {
      const fix =
        role === 'secret' ? fixOf(one, fixByKey(one, 'set a generated value')) : quote('set the real value');
      return when(
        allOf([one.isHeld, one.isJudged]),
        `[[${one.value}, ${one.key}, ${fix}, ${quote(policySuffix(one.policy.name))}]]`,
        '[]',
      );
    }),
});

/** Items for keys that no policy names: a list as `unnamedKeys` makes it. */
export const unnamedItems = (keys: Cel, policy: string): Cel =>
  `${keys}.map(key, [string(variables.data[key]), string(key), 'set the real value', ${quote(policySuffix(policy))}])`;

/** The literals of one expression. The API server counts a look-up in a list by its size. */
const MAX_LITERALS = 800;

/** The patterns need the text of a value. The API server limits the cost of one expression. */
const MAX_DECODED_VALUES = 40;

/** Lists that one expression can decode. */
function listsOf(groups: readonly PlaceholderItems[]): readonly Cel[] {
  const lists: { count: number; parts: Cel[] }[] = [];
  for (const { isAsked, items } of groups) {
    for (let from = 0; from < items.length; from += MAX_DECODED_VALUES) {
      const some = items.slice(from, from + MAX_DECODED_VALUES);
      const part = `(${isAsked} ? ${concat(some)} : [])`;
      const last = lists.at(-1);
      if (last === undefined || last.count + some.length > MAX_DECODED_VALUES)
        lists.push({ count: some.length, parts: [part] });
      else {
        last.count += some.length;
        last.parts.push(part);
      }
    }
  }
  return lists.map(({ parts }) => concat(parts));
}

const letterOf = (role: FloorRole): string => (role === 'secret' ? 'S' : 'A');

/**
 * The placeholders among the short values of a role: a list of key and finding. One expression asks about all values,
 * so the cost grows with their number, and not with its square.
 */
export function placeholderVariables(
  role: FloorRole,
  groups: readonly PlaceholderItems[],
  unnamed: readonly Cel[],
): readonly Variable[] {
  const letter = letterOf(role);
  const variables: Variable[] = [];
  const define = (name: string, expression: Cel): Cel => {
    variables.push({ name: `${name}${letter}`, expression });
    return `variables.${name}${letter}`;
  };
  const found: Cel[] = [];
  const find = (name: string, verdict: PlaceholderVerdict, items: Cel): void => {
    found.push(define(name, `${items}.map(one, [one[${KEY}], ${lineOf(verdict)}])`));
  };
  const named = listsOf(groups).map((list, number) => define(`items${number}`, list));
  const begun = define('begun', valuesThatMayBePlaceholders(concat(named), role));
  const lists = [...named.map((list) => `${list}.filter(one, one[${VALUE}] in ${begun})`), ...unnamed].map(
    (list, number) => define(`short${number}`, trimmed(list)),
  );
  if (lists.length === 0) return [];
  const all = define('short', concat(lists));
  const texts = role === 'secret' ? lists.map((list, number) => define(`text${number}`, withText(list))) : [];
  const allTexts = define('text', concat(texts));
  texts.forEach((some, number) => {
    PATTERN_GROUPS.forEach(({ patterns, isFolded }, group) => {
      find(
        `hit${number}_${group}`,
        patterns.verdict,
        `${some}.filter(one, ${matchesPattern(patterns, isFolded)})`,
      );
    });
  });
  usualPlaceholders(role).forEach((group, number) => {
    for (let from = 0; from < group.texts.length; from += MAX_LITERALS) {
      const some = { ...group, texts: group.texts.slice(from, from + MAX_LITERALS) };
      find(`usual${number}_${from}`, group.verdict, isOneOf(some, all, allTexts));
    }
  });
  define('known', `${define('found', concat(found))}.map(one, one[0])`);
  return variables;
}

const valuesThatMayBePlaceholders = (items: Cel, role: FloorRole): Cel =>
  `(${items}).map(one, one[${VALUE}]).filter(value, value != '' && size(value) <= ${encodedSize(MAX_PATTERN_BYTES)} && ` +
  `${mayBePlaceholder('value', role)})`;

const trimmed = (items: Cel): Cel => `${items}.map(one, one + [${withoutLineBreak(`one[${VALUE}]`)}])`;

/** The items whose values are texts, with their texts. */
function withText(items: Cel): Cel {
  const text = `one[${TEXT}]`;
  const isOneCase = `${text} == one[${LOWER}] || ${text} == ${text}.upperAscii()`;
  const isCapitalised = `${text} == ${text}.substring(0, 1).upperAscii() + one[${LOWER}].substring(1)`;
  return (
    `${items}.map(one, one + [${decoded(`one[${TRIMMED}]`, MAX_PATTERN_BYTES)}])` +
    `.filter(one, ${isWhole(text, `one[${TRIMMED}]`)}).map(one, one + [${text}.lowerAscii()])` +
    `.map(one, one + [${isOneCase} ? one[${LOWER}] : ''])` +
    `.map(one, one + [one[${ONE_CASE}] != '' || ${isCapitalised} ? one[${LOWER}] : ''])`
  );
}

function isOneOf({ spelling, texts }: PlaceholderGroup, all: Cel, allTexts: Cel): Cel {
  if (spelling === 'exact') return `${all}.filter(one, one[${TRIMMED}] in ${listOf(texts.map(base64))})`;
  const place = spelling === 'one-case' ? ONE_CASE : CAPITALISED;
  return `${allTexts}.filter(one, one[${place}] in ${listOf(texts)})`;
}

const PATTERN_GROUPS: readonly { readonly patterns: PlaceholderPattern; readonly isFolded: boolean }[] = [
  ...FOLDED_PATTERNS.map((patterns) => ({ patterns, isFolded: true })),
  ...PATTERNS.map((patterns) => ({ patterns, isFolded: false })),
];

const matchesPattern = ({ patterns }: PlaceholderPattern, isFolded: boolean): Cel =>
  anyOf(patterns.map((pattern) => `one[${isFolded ? ONE_CASE : TEXT}].matches(${quote(pattern)})`));

/** `data[KEY]: is a placeholder [lockstep/placeholder]: set a generated value (policy shop)` */
function lineOf(verdict: PlaceholderVerdict): Cel {
  const start = sentenceWithoutPolicy({ rule: verdict.rule, message: verdict.what, fix: '' });
  return `'data[' + one[${KEY}] + ${quote(`]: ${start}`)} + ${commonFix(verdict)} + one[${POLICY}]`;
}

function commonFix({ rule }: PlaceholderVerdict): Cel {
  switch (rule) {
    case 'placeholder':
      return `one[${FIX}]`;
    case 'unrendered-template':
      return quote('render the manifest before it is applied: Kubernetes replaces nothing inside a Secret');
    case 'unresolved-reference':
      return quote('apply it through the tool that resolves it, or set the value itself');
  }
}

/** The name of the variable with keys and findings. There is none if no value has this role. */
export const foundName = (role: FloorRole): string => `found${letterOf(role)}`;

/** The findings about placeholders: a list. */
export const placeholderFindings = (role: FloorRole): Cel => `variables.${foundName(role)}.map(one, one[1])`;

/** The value of the entry, which this request set, is a placeholder. */
export const isPlaceholder = (one: FloorEntry): Cel =>
  `${one.key} in variables.known${letterOf(roleOf(one))}`;
