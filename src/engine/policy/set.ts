import { nameOf, namespaceLabelsOf, type Request, type Secret } from '../secret/secret.ts';
import { type Anchor, type AnchorField, anchorsOf, labelText } from './anchors.ts';
import { byPrecedence, type Policy } from './policy.ts';
import { type TextIndex, textIndex } from './text-index.ts';

/** Policies, filed so that those that can't mean a Secret are not looked at: a thousand of them cost a decision next to nothing. */
export interface PolicySet {
  /** In order of precedence. */
  readonly policies: readonly Policy[];
  /** Every policy that may mean the Secret, before or after the write, and few others. */
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
      return [...new Set(found)].flatMap((number) => sorted[number] ?? []);
    },
  };
}

/** Policies by their number. */
interface PolicyIndex {
  readonly fields: Readonly<Record<AnchorField, TextIndex>>;
  /** To be looked at whatever the Secret is. */
  readonly unanchored: readonly number[];
}

/** Each policy under that list of its anchors which it shares with the fewest others: of `names: [app]` in namespace `team-17` the namespace tells more. */
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
