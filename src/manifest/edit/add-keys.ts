import type { Sensitive } from '../../engine/secret/sensitive.ts';
import type { MapNode, MapPair, Node, ScalarNode, ScalarStyle } from '../yaml/node.ts';
import { startOfBlankLines } from './blank-lines.ts';
import {
  columnOf,
  type EditErrorFactory,
  encodeValue,
  isNullNode,
  type Replacement,
  type SecretLocation,
} from './locate.ts';
import { quote } from './quote.ts';

/** Inserts all keys that the Secret lacks at once. */
export function addKeys(
  secret: SecretLocation,
  keysToAdd: ReadonlyMap<string, Sensitive>,
  editError: EditErrorFactory,
): Replacement {
  const [first = ''] = keysToAdd.keys();
  const field =
    ['stringData', 'data'].find(
      (name) => secret.fields.get(name)?.value.kind !== undefined && !isEmptyField(secret, name),
    ) ?? ['stringData', 'data'].find((name) => secret.fields.has(name));
  const fieldEntry = field === undefined ? undefined : secret.fields.get(field);
  const encodedEntries = [...keysToAdd].map(
    ([key, value]) =>
      [
        key,
        encodeValue(value, field === 'data', () => editError(key, 'would hold bytes that are no text')),
      ] as const,
  );
  if (secret.aliased.has(secret.node) || (fieldEntry !== undefined && secret.aliased.has(fieldEntry.value)))
    throw editError(first, 'would go into what an alias uses elsewhere too: write it out in both places');
  if (fieldEntry === undefined) return addField(secret, encodedEntries);
  if (!fieldEntry.isOwn || fieldEntry.value.kind === 'alias')
    throw editError(first, `would go into ${field}, which comes from an alias: write it out`);
  if (fieldEntry.value.kind === 'map' && fieldEntry.value.pairs.length > 0)
    return insertAfterLast(secret, fieldEntry.value, encodedEntries);
  return fillEmptyField(secret, { key: fieldEntry.keyNode, value: fieldEntry.value }, encodedEntries);
}

type EncodedEntries = readonly (readonly [string, string])[];

function isEmptyField({ fields }: SecretLocation, name: string): boolean {
  const value = fields.get(name)?.value;
  return value === undefined || isNullNode(value);
}

function insertAfterLast(secret: SecretLocation, map: MapNode, encodedEntries: EncodedEntries): Replacement {
  return map.flow
    ? insertAfterLastInFlow(secret, map, encodedEntries)
    : insertAfterLastLine(secret, map, encodedEntries);
}

function insertAfterLastInFlow(
  { text, newline }: SecretLocation,
  map: MapNode,
  encodedEntries: EncodedEntries,
): Replacement {
  const last = lastPairOf(map);
  const style = styleOf(last);
  const keyStyle = last.key.kind === 'scalar' ? last.key.style : 'plain';
  const between = text.slice(last.key.end, last.value.start);
  const colon =
    /^\s*:[ \t]*$/.test(between) && (keyStyle === 'double' || between.endsWith(' ')) ? between : ': ';
  const before = /(?:\r?\n)[ \t]*$/.exec(text.slice(map.start, last.key.start))?.[0];
  const comma = `,${before ?? (colon.endsWith(':') ? '' : ' ')}`;
  const quoting = { flow: true, indent: '', newline };
  const pairs = encodedEntries.map(
    ([key, value]) =>
      comma + quote(key, { ...quoting, style: keyStyle }) + colon + quote(value, { ...quoting, style }),
  );
  return { start: last.value.end, end: last.value.end, text: pairs.join('') };
}

/** Inserts after the whole line in which the last value ends, so that its comment stays with it. */
function insertAfterLastLine(
  secret: SecretLocation,
  map: MapNode,
  encodedEntries: EncodedEntries,
): Replacement {
  const { text } = secret;
  const last = lastPairOf(map);
  const lines = entryLines(secret, columnOfMap(text, map), styleOf(last), encodedEntries);
  return insertAfterLine(secret, endOf(text, last), lines);
}

function addField(secret: SecretLocation, encodedEntries: EncodedEntries): Replacement {
  const { text, node, newline } = secret;
  if (node.flow) return addFieldInFlow(secret, encodedEntries);
  const last = lastPairOf(node);
  const column = columnOfMap(text, node);
  const lines = [
    `${' '.repeat(column)}stringData:`,
    ...entryLines(secret, column + 2, 'plain', encodedEntries),
  ];
  return insertAfterLine({ ...secret, newline }, endOf(text, last), lines);
}

function addFieldInFlow(
  { text, node, newline }: SecretLocation,
  encodedEntries: EncodedEntries,
): Replacement {
  const last = lastPairOf(node);
  const before = /(?:\r?\n)[ \t]*$/.exec(text.slice(node.start, last.key.start))?.[0] ?? ' ';
  const field = `,${before}"stringData": ${flowMap(encodedEntries, 'double', newline)}`;
  return { start: last.value.end, end: last.value.end, text: field };
}

/** `data:`, `data: {}` or `data: null`. */
function fillEmptyField(
  secret: SecretLocation,
  { key, value }: MapPair,
  encodedEntries: EncodedEntries,
): Replacement {
  const { text, node, newline } = secret;
  const colon = key.end + (/^\s*:/.exec(text.slice(key.end))?.[0].length ?? 0);
  const map = flowMap(encodedEntries, node.flow ? 'double' : 'plain', newline);
  if (value.start === value.end) {
    if (node.flow) return { start: colon, end: colon, text: ` ${map}` };
    const lines = entryLines(secret, columnOf(text, key.start) + 2, 'plain', encodedEntries);
    return insertAfterLine(secret, colon, lines);
  }
  const isLast = /^[ \t]*(?:\r?\n|$)/.test(text.slice(value.end));
  if (node.flow || !isLast) return { start: value.start, end: value.end, text: map };
  const lines = entryLines(secret, columnOf(text, key.start) + 2, 'plain', encodedEntries);
  return { start: colon, end: value.end, text: newline + lines.join(newline) };
}

function flowMap(encodedEntries: EncodedEntries, style: ScalarStyle, newline: string): string {
  const quoting = { style, flow: true, indent: '', newline };
  return `{${encodedEntries.map(([key, value]) => `${quote(key, quoting)}: ${quote(value, quoting)}`).join(', ')}}`;
}

function entryLines(
  { newline }: SecretLocation,
  column: number,
  style: ScalarStyle,
  encodedEntries: EncodedEntries,
): readonly string[] {
  const indent = ' '.repeat(column);
  const quoting = { flow: false, indent: `${indent}  `, newline };
  return encodedEntries.map(
    ([key, value]) =>
      `${indent}${quote(key, { ...quoting, style: 'plain' })}: ${quote(value, { ...quoting, style })}`,
  );
}

/** `at` is the end of a value. After a block scalar, this is the start of a line already. */
function insertAfterLine(
  { text, newline }: SecretLocation,
  offset: number,
  lines: readonly string[],
): Replacement {
  const joined = lines.join(newline);
  if (text[offset - 1] === '\n') return { start: offset, end: offset, text: joined + newline };
  const end = /\r?\n|$/.exec(text.slice(offset))?.index ?? 0;
  return { start: offset + end, end: offset + end, text: newline + joined };
}

/** A new value takes the style of the value before it, except a block style, which suits a long text only. */
function styleOf({ value }: MapPair): ScalarStyle {
  if (value.kind !== 'scalar' || value.style === 'literal' || value.style === 'folded') return 'plain';
  return value.style;
}

/** A `?`, an anchor or a tag may precede a key, and a byte-order mark the first key of a file. */
const columnOfMap = (text: string, { start, pairs }: MapNode): number =>
  Math.min(...[start, ...pairs.map(({ key }) => key.start)].map((at) => columnOf(text, at)));

const lastPairOf = (map: MapNode): MapPair => map.pairs.at(-1) as MapPair;

/** The offset after the last character of the pair and of all nested nodes. */
function endOf(text: string, { key, value }: MapPair): number {
  return Math.max(key.end, endOfNode(text, value));
}

function endOfNode(text: string, node: Node): number {
  if (node.kind === 'map' && !node.flow && node.pairs.length > 0) return endOf(text, lastPairOf(node));
  if (node.kind === 'seq' && text[node.start] !== '[') return endOfNode(text, node.items.at(-1) ?? node);
  return node.kind === 'scalar' ? endOfScalar(text, node) : node.end;
}

/** The blank lines after a block belong to it only if its indicator keeps them. */
function endOfScalar(text: string, { style, start, end }: ScalarNode): number {
  if (style !== 'literal' && style !== 'folded') return end;
  const source = text.slice(start, end);
  return /^[|>]\d?\+/.test(source) ? end : start + startOfBlankLines(source);
}
