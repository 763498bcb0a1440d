import { type Document, isMap, isNode, isPair, isScalar, LineCounter, parseAllDocuments } from 'yaml';

import type { Problem } from '../../engine/policy/schema/problem.ts';
import { yamlFaultMessage } from '../yaml/yaml-faults.ts';
import type { PolicyFile } from './policy-files.ts';

/** One document of a policy file, with the place of each of its fields. */
export interface PolicyDocument {
  readonly content: unknown;
  /** Faults of the YAML itself. */
  readonly problems: readonly Problem[];
  /** `file:line` of the field that `path` leads to, or of the nearest one around it. */
  readonly at: (path: Problem['path']) => string;
}

/** A List, as `kubectl get -o yaml` prints it, is the documents in it. `wanted`: what belongs into the file, for the sentence about an empty one. */
export function readPolicyDocuments(
  { path, text }: PolicyFile,
  expected = 'a SecretPolicy',
): readonly PolicyDocument[] {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    merge: true,
  });
  const documents = (Array.isArray(parsed) ? parsed : []) as Document[];
  const nonEmpty = documents.filter((document) => !isEmpty(document) || document.errors.length > 0);
  if (nonEmpty.length === 0) return [emptyDocument(path, expected)];
  return nonEmpty.flatMap((document) => {
    const [fault] = document.errors;
    const position = (offset: number): string => `${path}:${lines.linePos(offset).line}`;
    if (fault !== undefined) return faultyDocument(position(fault.pos[0]), yamlFaultMessage(fault.code));
    return splitList({ ...contentOf(document), at: (steps) => position(offsetOf(document, steps)) });
  });
}

function splitList(document: PolicyDocument): readonly PolicyDocument[] {
  const { kind, items } = (document.content ?? {}) as { readonly kind?: unknown; readonly items?: unknown };
  if ((kind !== 'List' && kind !== 'SecretPolicyList') || !Array.isArray(items)) return [document];
  return items.map((content, index) => ({
    content,
    problems: [],
    at: (steps) => document.at(['items', index, ...steps]),
  }));
}

/** Between two `---` there may be nothing. */
const isEmpty = ({ contents }: Document): boolean =>
  contents === null || (isScalar(contents) && contents.value === null && contents.source === '');

const faultyDocument = (position: string, message: string): PolicyDocument => ({
  content: undefined,
  problems: [{ path: [], message }],
  at: () => position,
});

const emptyDocument = (path: string, expected: string): PolicyDocument =>
  faultyDocument(`${path}:1`, `is empty: put ${expected} there`);

/** Aliases are bounded by the library; a bomb is an error, not a wait. */
function contentOf(document: Document): Pick<PolicyDocument, 'content' | 'problems'> {
  try {
    return { content: document.toJS({ maxAliasCount: 100 }), problems: [] };
  } catch (error) {
    // The library's message would quote what stands there.
    const isTooMuch = error instanceof Error && /^Excessive alias/.test(error.message);
    const reason = isTooMuch ? 'it has too many aliases (*)' : 'an alias (*) or a merge (<<) leads nowhere';
    return {
      content: undefined,
      problems: [{ path: [], message: `is no usable YAML: ${reason}: write it out` }],
    };
  }
}

/** Where the key of the last step stands; a step that the document lacks stays with its parent. */
function offsetOf(document: Document, steps: Problem['path']): number {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const step of steps) {
    const pair = isMap(node) ? node.items.find(({ key }) => isPairKey(key, step)) : undefined;
    const child = isPair(pair)
      ? pair.value
      : isNode(node) && 'get' in node
        ? (node as { get(key: unknown, keep: true): unknown }).get(step, true)
        : undefined;
    if (child === undefined && pair === undefined) return offset;
    offset = startOf(isPair(pair) ? pair.key : child) || offset;
    node = child;
  }
  return offset;
}

const isPairKey = (key: unknown, step: string | number): boolean =>
  typeof key === 'object' && key !== null && 'value' in key && String(key.value) === String(step);

const startOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0);
