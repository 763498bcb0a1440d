import type { Sensitive } from '../../engine/secret/sensitive.ts';
import type { Entry } from '../read/entries.ts';
import type { AliasNode, Node, ScalarNode } from '../yaml/node.ts';
import { columnOf, contentOf, type Located, type Refuse, type Replacement, writtenAt } from './locate.ts';
import { spell } from './quote.ts';

/** Undefined for a key that is yet to be added. */
export function replacementOf(
  located: Located,
  key: string,
  value: Sensitive,
  refuse: Refuse,
): Replacement | undefined {
  const written = writtenAt(located, key);
  if (written === undefined) return undefined;
  const { entry, map, base64 } = written;
  if ([located.node, map, entry.value].some((node) => located.shared.has(node)))
    throw refuse(key, 'is used by an alias elsewhere too: write it out in both places');
  if (entry.value.kind === 'map' || entry.value.kind === 'seq')
    throw refuse(key, 'holds a map or a list: write text there');
  return spelled(
    located,
    entry,
    entry.value,
    map,
    contentOf(value, base64, () => refuse(key, NO_TEXT)),
  );
}

const NO_TEXT = 'would hold bytes that are no text: move it to data';

function spelled(
  { text, newline }: Located,
  { keyNode }: Entry,
  node: ScalarNode | AliasNode,
  map: Node,
  content: string,
): Replacement {
  const flow = map.kind === 'map' && map.flow;
  const keyIndent = ' '.repeat(columnOf(text, keyNode.start));
  if (node.kind === 'alias')
    return { ...rangeOf(node), text: spell(content, { style: 'plain', flow, indent: '', newline }) };
  const old = text.slice(node.start, node.end);
  const indent = /\n( +)\S/.exec(old)?.[1] ?? `${keyIndent}  `;
  const written = spell(content, { style: node.style, flow, indent, newline });
  if (node.style === 'literal' || node.style === 'folded')
    return { start: withoutProperties(text, keyNode, node), end: node.end, text: asBlock(old, written) };
  if (old === '') {
    const colon = text.slice(keyNode.end).match(/^\s*:/)?.[0].length;
    const at = keyNode.end + (colon ?? 0);
    return { start: at, end: at, text: colon === undefined ? `: ${written}` : ` ${written}` };
  }
  return { start: withoutProperties(text, keyNode, node), end: node.end, text: written };
}

const rangeOf = ({ start, end }: Node): { start: number; end: number } => ({ start, end });

/** The comment behind `|`, and the blank lines that follow the block, stay. */
function asBlock(old: string, written: string): string {
  const comment = /^[|>][-+\d]*([ \t]+#[^\r\n]*)/.exec(old)?.[1] ?? '';
  const rest = /(?:\r?\n[ \t]*)*$/.exec(old)?.[0] ?? '';
  const newline = written.indexOf('\n');
  const header = newline === -1 ? written.length : newline - (written[newline - 1] === '\r' ? 1 : 0);
  return written.slice(0, header) + comment + written.slice(header) + rest;
}

/** A tag or an anchor belongs to the value that goes. */
function withoutProperties(text: string, key: Node, node: ScalarNode): number {
  const between = text.slice(key.end, node.start);
  return node.start - (/(?:[!&]\S*\s+)+$/.exec(between)?.[0].length ?? 0);
}
