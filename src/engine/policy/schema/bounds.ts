import type { Problem } from './problem.ts';

/** Deeper than any field of a policy. */
const MAX_DEPTH = 12;
/**
 * Lists, maps and their entries: a policy of a thousand keys with twenty of them each. The schema checks each one, and
 * an entry with a fault takes 3 µs.
 */
const MAX_ENTRIES = 20_000;

/**
 * The first violated bound of a document. It protects the schema from documents that take too long, or that it can't
 * represent. It needs no recursion, and stops at MAX_ENTRIES. `except` names fields of the document that are skipped.
 * `of` is the kind of document: a `policy`.
 */
export function outOfBounds(document: unknown, except: ReadonlySet<string>, of: string): Problem | undefined {
  const open: DocumentNode[] = [{ content: document, step: undefined, parent: undefined, depth: 0 }];
  let count = 0;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { content, depth } = node;
    if (typeof content !== 'object' || content === null) continue;
    if (depth > MAX_DEPTH)
      return { path: pathTo(node), message: `is nested too deep for a ${of}: remove it` };
    const names = Object.keys(content);
    count += names.length;
    if (count > MAX_ENTRIES) {
      return {
        path: ['spec'],
        message: `holds more than ${MAX_ENTRIES} fields and entries: split it into several policies`,
      };
    }
    for (const name of names) {
      if (depth === 0 && except.has(name)) continue;
      const child: DocumentNode = {
        content: (content as Record<string, unknown>)[name],
        step: Array.isArray(content) ? Number(name) : name,
        parent: node,
        depth: depth + 1,
      };
      if (name === '__proto__') {
        return { path: pathTo(child), message: 'is a name that JavaScript keeps for itself: rename it' };
      }
      open.push(child);
    }
  }
  return undefined;
}

interface DocumentNode {
  readonly content: unknown;
  readonly step: string | number | undefined;
  readonly parent: DocumentNode | undefined;
  readonly depth: number;
}

function pathTo(node: DocumentNode): Problem['path'] {
  const path: (string | number)[] = [];
  for (let at: DocumentNode | undefined = node; at?.step !== undefined; at = at.parent) path.unshift(at.step);
  return path;
}
