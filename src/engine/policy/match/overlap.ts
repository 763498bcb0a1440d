import type { MatchSpec } from '../schema/schema.ts';
import { globMatches } from './glob.ts';
import type { LabelSelector } from './label-selector.ts';

/** Comparisons of characters and of globs. They take half a second at most. */
const MAX_STEPS = 10_000_000;

/**
 * Compares the matches of policies within one budget. A comparison beyond it is false, so that a few conflicts of many
 * thousand globs stay unknown.
 */
export class Overlaps {
  readonly #reaches = new Map<MatchSpec, MatchReach>();
  #steps = 0;

  /**
   * False only if no Secret can match both, or beyond the budget. For two globs with stars the result may be true
   * although no name matches both.
   */
  mayOverlap(a: MatchSpec, b: MatchSpec): boolean {
    if (this.#steps > MAX_STEPS) return false;
    const [ofA, ofB] = [this.#reachOf(a), this.#reachOf(b)];
    this.#steps += 1 + ofA.labelValues;
    return (
      ofA.lists.every((list, field) => this.#listsOverlap(list, ofB.lists[field])) &&
      ofA.labels.every((labels, field) => labelsOverlap(labels, ofB.labels[field]))
    );
  }

  #reachOf(match: MatchSpec): MatchReach {
    const reach = this.#reaches.get(match) ?? reachOf(match);
    this.#reaches.set(match, reach);
    return reach;
  }

  #listsOverlap(a: readonly Glob[] | undefined, b: readonly Glob[] | undefined): boolean {
    return (
      a === undefined || b === undefined || a.some((one) => b.some((other) => this.#globsOverlap(one, other)))
    );
  }

  #globsOverlap(a: Glob, b: Glob): boolean {
    this.#steps += 1;
    if (this.#steps > MAX_STEPS) return false;
    if (a.isLiteral && b.isLiteral) return a.text === b.text;
    if (a.isLiteral) return this.#matches(b, a.text);
    if (b.isLiteral) return this.#matches(a, b.text);
    return startsAlike(a.beginning, b.beginning) && endsAlike(a.end, b.end);
  }

  /** The worst glob is compared at each character. */
  #matches(glob: Glob, text: string): boolean {
    if (!text.startsWith(glob.beginning) || !text.endsWith(glob.end)) return false;
    this.#steps += (glob.text.length * text.length) / 8;
    return globMatches(glob.text, text);
  }
}

/** A MatchSpec, prepared for many comparisons. */
interface MatchReach {
  readonly lists: readonly (readonly Glob[] | undefined)[];
  readonly labels: readonly AllowedLabels[];
  /** The number of values that the labels may have. */
  readonly labelValues: number;
}

/** The values that a label must have one of. Keys that may have any value, or none, are left out. */
type AllowedLabels = ReadonlyMap<string, ReadonlySet<string>>;

interface Glob {
  readonly text: string;
  readonly isLiteral: boolean;
  readonly beginning: string;
  readonly end: string;
}

function reachOf({ names, namespaces, types, labelSelector, namespaceSelector }: MatchSpec): MatchReach {
  const labels = [labelSelector, namespaceSelector].map(allowedBy);
  return {
    lists: [names, namespaces, types].map((globs) => globs?.map(globOf)),
    labels,
    labelValues: labels.flatMap((one) => [...one.values()]).reduce((sum, { size }) => sum + size, 0),
  };
}

function globOf(text: string): Glob {
  const [beginning = '', ...others] = text.split(/[*?]/);
  return { text, isLiteral: others.length === 0, beginning, end: others.at(-1) ?? beginning };
}

function allowedBy({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): AllowedLabels {
  const named = Object.entries(matchLabels).map(([key, value]) => [key, new Set([value])] as const);
  const listed = matchExpressions
    .filter(({ operator }) => operator === 'In')
    .map(({ key, values = [] }) => [key, new Set(values)] as const);
  return new Map([...listed, ...named]);
}

const startsAlike = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);
const endsAlike = (a: string, b: string): boolean => a.endsWith(b) || b.endsWith(a);

/** Compares each key separately. */
function labelsOverlap(a: AllowedLabels, b: AllowedLabels | undefined): boolean {
  for (const [key, values] of a) {
    const others = b?.get(key);
    if (others !== undefined && ![...values].some((value) => others.has(value))) return false;
  }
  return true;
}
