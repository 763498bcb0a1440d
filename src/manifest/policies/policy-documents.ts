import { type Document, isMap, isNode, isPair, isScalar, LineCounter, parseAllDocuments } from 'yaml';

import type { Problem } from '../../engine/policy/schema/problem.ts';
import { yamlFaultMessage } from '../yaml/yaml-faults.ts';
import type { PolicyFile } from './policy-files.ts';

/** One document of a policy file, with the position of each field. */
export interface PolicyDocument {
  readonly content: unknown;
  /** Faults of the YAML itself. */
  readonly problems: readonly Problem[];
  /** The position of the field at `path`, or of the nearest existing parent. */
  readonly at: (path: Problem['path']) => DocumentPosition;
}

/** Both begin at 1. */
export interface DocumentPosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `policies/app.yaml:3` */
export const positionText = ({ file, line }: DocumentPosition): string => `${file}:${line}`;

/**
 * Replaces a List, as `kubectl get -o yaml` prints it, by its items. `wanted` names the kind that an empty file should
 * hold, for the error message.
 */
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
    const position = (offset: number): DocumentPosition => {
      const { line, col } = lines.linePos(offset);
      return { file: path, line, column: col };
    };
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

/** A document between two `---` can be empty. */
const isEmpty = ({ contents }: Document): boolean =>
  contents === null || (isScalar(contents) && contents.value === null && contents.source === '');

const faultyDocument = (position: DocumentPosition, message: string): PolicyDocument => ({
  content: undefined,
  problems: [{ path: [], message }],
  at: () => position,
});

const emptyDocument = (path: string, expected: string): PolicyDocument =>
  faultyDocument({ file: path, line: 1, column: 1 }, `is empty: put ${expected} there`);

/** The library limits aliases, so that a YAML bomb is an error. */
function contentOf(document: Document): Pick<PolicyDocument, 'content' | 'problems'> {
  try {
    return { content: document.toJS({ maxAliasCount: 100 }), problems: [] };
  } catch (error) {
    // The library's message quotes the text of the file.
    const isTooMuch = error instanceof Error && /^Excessive alias/.test(error.message);
    const reason = isTooMuch ? 'it has too many aliases (*)' : 'an alias (*) or a merge (<<) leads nowhere';
    return {
      content: undefined,
      problems: [{ path: [], message: `is no usable YAML (${reason}): write it out` }],
    };
  }
}

/** The position of the key at the end of the path. If the document lacks a key, the position of its parent counts. */
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
