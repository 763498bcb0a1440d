import type { Sensitive } from '../../engine/secret/sensitive.ts';
import type { MapEntry } from '../object/entries.ts';
import type { AliasNode, Node, ScalarNode } from '../yaml/node.ts';
import { startOfBlankLines } from './blank-lines.ts';
import {
  columnOf,
  type EditErrorFactory,
  encodeValue,
  locateKey,
  type Replacement,
  type SecretLocation,
} from './locate.ts';
import { quote } from './quote.ts';

/** Undefined for a key that does not exist yet. */
export function replaceKey(
  secret: SecretLocation,
  key: string,
  value: Sensitive,
  editError: EditErrorFactory,
): Replacement | undefined {
  const location = locateKey(secret, key);
  if (location === undefined) return undefined;
  const { entry, map, isBase64 } = location;
  if ([secret.node, map, entry.value].some((node) => secret.aliased.has(node)))
    throw editError(key, 'is used by an alias elsewhere too: write it out in both places');
  if (entry.value.kind === 'map' || entry.value.kind === 'seq')
    throw editError(key, 'holds a map or a list: write text there');
  return replacedValue(
    secret,
    entry,
    entry.value,
    map,
    encodeValue(value, isBase64, () => editError(key, NOT_TEXT)),
  );
}

const NOT_TEXT = 'would hold bytes that are no text: move it to data';

function replacedValue(
  { text, newline }: SecretLocation,
  { keyNode }: MapEntry,
  node: ScalarNode | AliasNode,
  map: Node,
  content: string,
): Replacement {
  const flow = map.kind === 'map' && map.flow;
  const keyIndent = ' '.repeat(columnOf(text, keyNode.start));
  if (node.kind === 'alias')
    return { ...rangeOf(node), text: quote(content, { style: 'plain', flow, indent: '', newline }) };
  const oldText = text.slice(node.start, node.end);
  const indent = /\n( +)\S/.exec(oldText)?.[1] ?? `${keyIndent}  `;
  const newText = quote(content, { style: node.style, flow, indent, newline });
  if (node.style === 'literal' || node.style === 'folded')
    return {
      start: startOfProperties(text, keyNode, node),
      end: node.end,
      text: keepBlockTrivia(oldText, newText),
    };
  if (oldText === '') {
    const colon = text.slice(keyNode.end).match(/^\s*:/)?.[0].length;
    const at = keyNode.end + (colon ?? 0);
    return { start: at, end: at, text: colon === undefined ? `: ${newText}` : ` ${newText}` };
  }
  return { start: startOfProperties(text, keyNode, node), end: node.end, text: newText };
}

const rangeOf = ({ start, end }: Node): { start: number; end: number } => ({ start, end });

/** The comment after `|` and the blank lines after the block stay unchanged. */
function keepBlockTrivia(oldText: string, newText: string): string {
  const comment = /^[|>][-+\d]*([ \t]+#[^\r\n]*)/.exec(oldText)?.[1] ?? '';
  const rest = oldText.slice(startOfBlankLines(oldText));
  const newline = newText.indexOf('\n');
  const header = newline === -1 ? newText.length : newline - (newText[newline - 1] === '\r' ? 1 : 0);
  return newText.slice(0, header) + comment + newText.slice(header) + rest;
}

/** A tag or an anchor belongs to the replaced value, so that it is removed too. */
function startOfProperties(text: string, key: Node, node: ScalarNode): number {
  const between = text.slice(key.end, node.start);
  return node.start - (/(?:[!&]\S*\s+)+$/.exec(between)?.[0].length ?? 0);
}
