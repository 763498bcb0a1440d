import type { Problem } from './problem.ts';

/** Deeper than any field of a policy. */
const MAX_DEPTH = 12;
/** Lists, maps and what is in them: a policy of a thousand keys with fifty of them each. The schema says one thing of each, and each costs time. */
const MAX_ENTRIES = 50_000;

/**
 * What the schema must not be asked about, since it would take too long, or can not see. Without recursion, and never longer than MOST steps.
 * `except`: fields of the document that are not looked into; `of`: what it is, a `policy`.
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
        message: `holds more than ${MAX_ENTRIES} fields and entries: part it into several policies`,
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
