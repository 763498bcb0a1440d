import type { Problem } from './problem.ts';

/** Deeper than any field of a policy. */
const DEEPEST = 12;
/** Lists, maps and what is in them: a policy of a thousand keys with fifty of them each. The schema says one thing of each, and each costs time. */
const MOST = 50_000;

/**
 * What the schema must not be asked about, since it would take too long, or can not see. Without recursion, and never longer than MOST steps.
 * `except`: fields of the document that are not looked into; `of`: what it is, a `policy`.
 */
export function outOfBounds(document: unknown, except: ReadonlySet<string>, of: string): Problem | undefined {
  const open: Place[] = [{ content: document, step: undefined, parent: undefined, depth: 0 }];
  let seen = 0;
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { content, depth } = place;
    if (typeof content !== 'object' || content === null) continue;
    if (depth > DEEPEST) return { path: pathTo(place), message: `is nested too deep for a ${of}: remove it` };
    const names = Object.keys(content);
    seen += names.length;
    if (seen > MOST) {
      return {
        path: ['spec'],
        message: `holds more than ${MOST} fields and entries: part it into several policies`,
      };
    }
    for (const name of names) {
      if (depth === 0 && except.has(name)) continue;
      const child: Place = {
        content: (content as Record<string, unknown>)[name],
        step: Array.isArray(content) ? Number(name) : name,
        parent: place,
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

interface Place {
  readonly content: unknown;
  readonly step: string | number | undefined;
  readonly parent: Place | undefined;
  readonly depth: number;
}

function pathTo(place: Place): Problem['path'] {
  const path: (string | number)[] = [];
  for (let at: Place | undefined = place; at?.step !== undefined; at = at.parent) path.unshift(at.step);
  return path;
}
