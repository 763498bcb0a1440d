import type { Sensitive } from '../../engine/secret/sensitive.ts';
import type { MapNode, Node, Pair, ScalarNode, Style } from '../yaml/node.ts';
import { columnOf, contentOf, isNull, type Located, type Refuse, type Replacement } from './locate.ts';
import { spell } from './quote.ts';

/** Where the keys go that the Secret lacks, all of them at once. */
export function additionOf(
  located: Located,
  added: ReadonlyMap<string, Sensitive>,
  refuse: Refuse,
): Replacement {
  const [first = ''] = added.keys();
  const field =
    ['stringData', 'data'].find(
      (name) => located.fields.get(name)?.value.kind !== undefined && !isEmptyField(located, name),
    ) ?? ['stringData', 'data'].find((name) => located.fields.has(name));
  const entry = field === undefined ? undefined : located.fields.get(field);
  const contents = [...added].map(
    ([key, value]) =>
      [
        key,
        contentOf(value, field === 'data', () => refuse(key, 'would hold bytes that are no text')),
      ] as const,
  );
  if (located.shared.has(located.node) || (entry !== undefined && located.shared.has(entry.value)))
    throw refuse(first, 'would go into what an alias uses elsewhere too: write it out in both places');
  if (entry === undefined) return newField(located, contents);
  if (!entry.own || entry.value.kind === 'alias')
    throw refuse(first, `would go into ${field}, which comes from an alias: write it out`);
  if (entry.value.kind === 'map' && entry.value.pairs.length > 0)
    return behindLast(located, entry.value, contents);
  return intoEmpty(located, { key: entry.keyNode, value: entry.value }, contents);
}

type Contents = readonly (readonly [string, string])[];

function isEmptyField({ fields }: Located, name: string): boolean {
  const value = fields.get(name)?.value;
  return value === undefined || isNull(value);
}

function behindLast(located: Located, map: MapNode, contents: Contents): Replacement {
  return map.flow ? behindLastInFlow(located, map, contents) : behindLastLine(located, map, contents);
}

function behindLastInFlow({ text, newline }: Located, map: MapNode, contents: Contents): Replacement {
  const last = lastOf(map);
  const style = styleOf(last);
  const keyStyle = last.key.kind === 'scalar' ? last.key.style : 'plain';
  const between = text.slice(last.key.end, last.value.start);
  const colon =
    /^\s*:[ \t]*$/.test(between) && (keyStyle === 'double' || between.endsWith(' ')) ? between : ': ';
  const before = /(?:\r?\n)[ \t]*$/.exec(text.slice(map.start, last.key.start))?.[0];
  const comma = `,${before ?? (colon.endsWith(':') ? '' : ' ')}`;
  const how = { flow: true, indent: '', newline };
  const pairs = contents.map(
    ([key, value]) =>
      comma + spell(key, { ...how, style: keyStyle }) + colon + spell(value, { ...how, style }),
  );
  return { start: last.value.end, end: last.value.end, text: pairs.join('') };
}

/** Behind the line that the last value ends in, so that its comment stays with it. */
function behindLastLine(located: Located, map: MapNode, contents: Contents): Replacement {
  const { text } = located;
  const last = lastOf(map);
  const lines = linesOf(located, columnOfMap(text, map), styleOf(last), contents);
  return behindLineOf(located, endOf(text, last), lines);
}

function newField(located: Located, contents: Contents): Replacement {
  const { text, node, newline } = located;
  if (node.flow) return behindLastInFlowField(located, contents);
  const last = lastOf(node);
  const column = columnOfMap(text, node);
  const lines = [`${' '.repeat(column)}stringData:`, ...linesOf(located, column + 2, 'plain', contents)];
  return behindLineOf({ ...located, newline }, endOf(text, last), lines);
}

function behindLastInFlowField({ text, node, newline }: Located, contents: Contents): Replacement {
  const last = lastOf(node);
  const before = /(?:\r?\n)[ \t]*$/.exec(text.slice(node.start, last.key.start))?.[0] ?? ' ';
  const field = `,${before}"stringData": ${flowMap(contents, 'double', newline)}`;
  return { start: last.value.end, end: last.value.end, text: field };
}

/** `data:`, `data: {}` or `data: null`. */
function intoEmpty(located: Located, { key, value }: Pair, contents: Contents): Replacement {
  const { text, node, newline } = located;
  const colon = key.end + (/^\s*:/.exec(text.slice(key.end))?.[0].length ?? 0);
  const map = flowMap(contents, node.flow ? 'double' : 'plain', newline);
  if (value.start === value.end) {
    if (node.flow) return { start: colon, end: colon, text: ` ${map}` };
    const lines = linesOf(located, columnOf(text, key.start) + 2, 'plain', contents);
    return behindLineOf(located, colon, lines);
  }
  const isLast = /^[ \t]*(?:\r?\n|$)/.test(text.slice(value.end));
  if (node.flow || !isLast) return { start: value.start, end: value.end, text: map };
  const lines = linesOf(located, columnOf(text, key.start) + 2, 'plain', contents);
  return { start: colon, end: value.end, text: newline + lines.join(newline) };
}

function flowMap(contents: Contents, style: Style, newline: string): string {
  const how = { style, flow: true, indent: '', newline };
  return `{${contents.map(([key, value]) => `${spell(key, how)}: ${spell(value, how)}`).join(', ')}}`;
}

function linesOf({ newline }: Located, column: number, style: Style, contents: Contents): readonly string[] {
  const indent = ' '.repeat(column);
  const how = { flow: false, indent: `${indent}  `, newline };
  return contents.map(
    ([key, value]) =>
      `${indent}${spell(key, { ...how, style: 'plain' })}: ${spell(value, { ...how, style })}`,
  );
}

/** `at` is the end of a value; behind a block scalar that is the start of a line already. */
function behindLineOf({ text, newline }: Located, at: number, lines: readonly string[]): Replacement {
  const joined = lines.join(newline);
  if (text[at - 1] === '\n') return { start: at, end: at, text: joined + newline };
  const end = /\r?\n|$/.exec(text.slice(at))?.index ?? 0;
  return { start: at + end, end: at + end, text: newline + joined };
}

/** A new value looks like the one before it; what stands in a block there was long. */
function styleOf({ value }: Pair): Style {
  if (value.kind !== 'scalar' || value.style === 'literal' || value.style === 'folded') return 'plain';
  return value.style;
}

/** Before a key there may be a `?`, an anchor, a tag; before the first one of a file, a byte-order mark. */
const columnOfMap = (text: string, { start, pairs }: MapNode): number =>
  Math.min(...[start, ...pairs.map(({ key }) => key.start)].map((at) => columnOf(text, at)));

const lastOf = (map: MapNode): Pair => map.pairs.at(-1) as Pair;

/** Behind the last sign of the pair, and of what is nested in it. */
function endOf(text: string, { key, value }: Pair): number {
  return Math.max(key.end, endOfNode(text, value));
}

function endOfNode(text: string, node: Node): number {
  if (node.kind === 'map' && !node.flow && node.pairs.length > 0) return endOf(text, lastOf(node));
  if (node.kind === 'seq' && text[node.start] !== '[') return endOfNode(text, node.items.at(-1) ?? node);
  return node.kind === 'scalar' ? endOfScalar(text, node) : node.end;
}

/** The blank lines behind a block belong to it only where it keeps them. */
function endOfScalar(text: string, { style, start, end }: ScalarNode): number {
  if (style !== 'literal' && style !== 'folded') return end;
  const source = text.slice(start, end);
  return /^[|>]\d?\+/.test(source) ? end : end - (/(?:\r?\n[ \t]*)*$/.exec(source)?.[0].length ?? 0);
}
