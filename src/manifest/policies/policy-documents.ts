import type { Problem } from '../../engine/policy/schema/problem.ts';
import { entriesOf } from '../object/entries.ts';
import { type ContentReader, plainContent } from '../object/plain-content.ts';
import { positionsIn } from '../object/positions.ts';
import { type ManifestDocument, splitDocuments } from '../yaml/documents.ts';
import { type Node, resolveAlias } from '../yaml/node.ts';
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

interface DocumentOptions {
  /** The content that an empty file should hold, for the error message. */
  readonly expected?: string;
  readonly reader?: ContentReader;
}

/**
 * The documents with the values that their reader finds. Replaces a List, as `kubectl get -o yaml` prints
 * it, by its items.
 */
export function readPolicyDocuments(
  { path, text }: PolicyFile,
  { expected = 'a SecretPolicy', reader = 'api-server' }: DocumentOptions = {},
): readonly PolicyDocument[] {
  const positionOf = positionsIn(path, text);
  const documents = [...splitDocuments(text)].flatMap((document) =>
    readDocument(document, reader, positionOf),
  );
  if (documents.length > 0) return documents;
  return [faultyDocument({ file: path, line: 1, column: 1 }, `is empty: put ${expected} there`)];
}

function readDocument(
  { root, fault, ignoredFrom }: ManifestDocument,
  reader: ContentReader,
  positionOf: (offset: number) => DocumentPosition,
): readonly PolicyDocument[] {
  if (fault !== undefined) return [faultyDocument(positionOf(fault.offset), fault.message)];
  if (root === undefined) return [];
  const { content, fault: repeatedKey } = plainContent(root, reader);
  const document: PolicyDocument = {
    content,
    problems: repeatedKey === undefined ? [] : [{ path: [], message: repeatedKey.message }],
    at: (steps) => positionOf(repeatedKey?.offset ?? offsetOf(root, steps)),
  };
  const documents = splitList(document);
  return ignoredFrom === undefined
    ? documents
    : [...documents, faultyDocument(positionOf(ignoredFrom), IGNORED_REST)];
}

const IGNORED_REST = 'is not read by kubectl: begin another document with a line ---';

function splitList(document: PolicyDocument): readonly PolicyDocument[] {
  const { kind, items } = (document.content ?? {}) as { readonly kind?: unknown; readonly items?: unknown };
  if ((kind !== 'List' && kind !== 'SecretPolicyList') || !Array.isArray(items)) return [document];
  if (document.problems.length > 0) return [document];
  return items.map((content, index) => ({
    content,
    problems: [],
    at: (steps) => document.at(['items', index, ...steps]),
  }));
}

const faultyDocument = (position: DocumentPosition, message: string): PolicyDocument => ({
  content: undefined,
  problems: [{ path: [], message }],
  at: () => position,
});

/** The position of the key at the end of the path. If the document lacks a key, the position of its parent counts. */
function offsetOf(root: Node, steps: Problem['path']): number {
  let node = resolveAlias(root);
  let offset = root.start;
  for (const step of steps) {
    if (node?.kind === 'map') {
      const entry = entriesOf(node).get(String(step));
      if (entry === undefined) return offset;
      offset = entry.keyNode.start;
      node = resolveAlias(entry.value);
    } else if (node?.kind === 'seq') {
      const item = node.items[Number(step)];
      if (item === undefined) return offset;
      offset = item.start;
      node = resolveAlias(item);
    } else return offset;
  }
  return offset;
}
