import { isWhole } from '../base64.ts';
import { allOf, anyOf, type Cel, listOf, not, quote } from '../cel.ts';
import type { Variable } from '../entry.ts';
import {
  CERTAIN,
  NO_BASE64_TEXT,
  PUBLISHED_BEGINNINGS,
  RUNS,
  type ValueClass,
  WALKS,
} from './certain-values.ts';

/** Lists that the conditions of all secrets share. */
export const CERTAIN_LISTS: readonly Variable[] = [
  { name: 'walks', expression: listOf(WALKS) },
  { name: 'published', expression: listOf(PUBLISHED_BEGINNINGS) },
];

/** The values of one class among these lists of texts: a variable, so that each pattern is written once. */
export function certainValues(name: ValueClass, texts: Cel): Variable {
  const { minLength, maxLength, is, isNot, mayBeBase64 } = CERTAIN[name];
  const condition = allOf([
    `size(text) >= ${minLength}`,
    `size(text) <= ${maxLength}`,
    ...is.map((pattern) => matches('text', pattern)),
    ...isNot.map((pattern) => not(matches('text', pattern))),
    ...(mayBeBase64 ? [matches('text', NO_BASE64_TEXT)] : []),
    ...(name === 'secret' ? [isRandom('text')] : []),
  ]);
  return { name: listName(name), expression: `(${texts}).filter(text, ${condition})` };
}

const listName = (name: ValueClass): string => `${name}Values`;

/** The decoded text is the whole value, and a value of this class. */
export const isOfClass = (text: Cel, value: Cel, name: ValueClass): Cel =>
  allOf([isWhole(text, value), `${text} in variables.${listName(name)}`]);

const matches = (text: Cel, pattern: string): Cel => `${text}.matches(${quote(pattern)})`;

/** The characters of the class, whatever they say. */
export const hasSignsOf = (text: Cel, name: ValueClass): Cel => matches(text, CERTAIN[name].is[0] ?? '');

/** Letters and digits in lower case. */
export const dense = (text: Cel): Cel => `${text}.lowerAscii().findAll('[a-z0-9]+').join('')`;

/** A change of the kind of characters at each second or third one, and no filler at the beginning. */
function isRandom(text: Cel): Cel {
  const runs = `size(${text}.findAll(${quote(RUNS)}))`;
  return allOf([
    `${runs} >= 5`,
    `size(${text}) * 10 < 26 * ${runs}`,
    `size(${dense(text)}) >= 16`,
    `[${text}.lowerAscii(), ${dense(text)}].all(low, [low.split('')].all(c, ${beginsFreely('low', 'c')}))`,
    `!((string(size(${text})) + ${text}.substring(0, 3)) in variables.published)`,
  ]);
}

/** `mayBeginFiller` is false. `signs` are the characters of the text. */
function beginsFreely(text: Cel, signs: Cel): Cel {
  const at = (place: number): Cel => `${signs}[${place}]`;
  return allOf([
    not(allOf([`${at(0)} == ${at(1)}`, `${at(2)} == ${at(3)}`])),
    `!${text}.substring(1, 15).contains(${text}.substring(0, 3))`,
    isNoLineBegin([at(0), at(1), at(2)]),
    anyOf([isNoLine(signs, 0), isNoLine(signs, 1)]),
  ]);
}

const isNoLineBegin = ([a, b, c]: readonly [Cel, Cel, Cel]): Cel =>
  allOf([not(allOf([`${a} == ${b}`, `${b} == ${c}`])), `!((${a} + ${b} + ${c}) in variables.walks)`]);

/** Every second character: no walk, and more than two different ones. */
const isNoLine = (signs: Cel, from: number): Cel =>
  `[[0, 2, 4, 6, 8, 10, 12, 14].map(i, ${signs}[i + ${from}])].all(l, ${allOf([
    isNoLineBegin(['l[0]', 'l[1]', 'l[2]']),
    'l.exists(x, x != l[0] && l.exists(y, y != l[0] && y != x))',
  ])})`;
