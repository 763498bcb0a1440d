import { nameOf, namespaceLabelsOf, type Request, type Secret } from '../secret/secret.ts';
import { type Anchor, type AnchorField, anchorsOf, labelText } from './anchors.ts';
import { byPrecedence, type Policy } from './policy.ts';
import { type TextIndex, textIndex } from './text-index.ts';

/**
 * An index of policies that skips those which can't select a Secret. With a thousand policies a decision takes nearly
 * no more time.
 */
export interface PolicySet {
  /** In order of precedence. */
  readonly policies: readonly Policy[];
  /** Every policy that may select the Secret, before or after the write, and few others. In order of precedence. */
  readonly candidates: (request: Request) => readonly Policy[];
}

export function policySet(policies: readonly Policy[]): PolicySet {
  const sorted = policies.toSorted(byPrecedence);
  const index = indexPolicies(sorted);
  return {
    policies: sorted,
    candidates: (request) => {
      const found = [...index.unanchored];
      collect(request, index.fields, found);
      return distinctAscending(found).map((number) => sorted[number]!);
    },
  };
}

/** A policy is found once for each of its anchors that the Secret has. */
function distinctAscending(numbers: number[]): readonly number[] {
  numbers.sort((a, b) => a - b);
  return numbers.filter((number, at) => number !== numbers[at - 1]);
}

/** Policies by their number. */
interface PolicyIndex {
  readonly fields: Readonly<Record<AnchorField, TextIndex>>;
  /** Policies that are checked for every Secret. */
  readonly unanchored: readonly number[];
}

/**
 * Each policy under the list of its anchors that the fewest other policies share. For `names: [app]` in namespace
 * `team-17` this is the namespace.
 */
function indexPolicies(policies: readonly Policy[]): PolicyIndex {
  const lists = policies.map(({ match }) => anchorsOf(match));
  const counts = Map.groupBy(lists.flat(2), anchorId);
  const largestGroup = (list: readonly Anchor[]): number =>
    list.reduce((most, anchor) => Math.max(most, counts.get(anchorId(anchor))?.length ?? 0), 0);

  const unanchored: number[] = [];
  const entries = lists.flatMap(([first, ...others], number) => {
    if (first === undefined) unanchored.push(number);
    const best = others.reduce((a, b) => (largestGroup(b) < largestGroup(a) ? b : a), first ?? []);
    return best.map((anchor) => ({ ...anchor, number }));
  });
  const indexFor = (wanted: AnchorField): TextIndex =>
    textIndex(entries.filter(({ field }) => field === wanted));
  const fields = {
    name: indexFor('name'),
    namespace: indexFor('namespace'),
    type: indexFor('type'),
    key: indexFor('key'),
    label: indexFor('label'),
    namespaceLabel: indexFor('namespaceLabel'),
  };
  return { fields, unanchored };
}

const anchorId = ({ field, kind, text }: Anchor): string => `${field} ${kind} ${text}`;

function collect(request: Request, fields: PolicyIndex['fields'], found: number[]): void {
  collectOf(request.secret, fields, found);
  if (request.old !== undefined) collectOf(request.old, fields, found);
  if (!fields.namespaceLabel.isEmpty) {
    for (const [key, value] of namespaceLabelsOf(request))
      fields.namespaceLabel.find(labelText(key, value), found);
  }
}

function collectOf(
  secret: Secret,
  { name, namespace, type, key, label }: PolicyIndex['fields'],
  found: number[],
): void {
  name.find(nameOf(secret), found);
  namespace.find(secret.namespace, found);
  type.find(secret.type, found);
  if (!key.isEmpty) for (const one of secret.data.keys()) key.find(one, found);
  if (!label.isEmpty) for (const [one, value] of secret.labels) label.find(labelText(one, value), found);
}
