import type { LabelSelector } from './label-selector.ts';
import type { MatchSpec } from './schema/schema.ts';

export type AnchorField = 'name' | 'namespace' | 'type' | 'key' | 'label' | 'namespaceLabel';

/** What a Secret must have for a policy to mean it: a field that is this text, or begins or ends with it. */
export interface Anchor {
  readonly field: AnchorField;
  readonly kind: 'is' | 'begins' | 'ends';
  readonly text: string;
}

/** Whatever the policy means has at least one anchor of each list. Without any list it may mean every Secret. */
export function anchorsOf(match: MatchSpec): readonly (readonly Anchor[])[] {
  return [
    globAnchors('name', match.names),
    globAnchors('namespace', match.namespaces),
    globAnchors('type', match.types),
    ...(match.hasKeys ?? []).map((key) => [is('key', key)]),
    match.hasAnyKey?.map((key) => is('key', key)),
    ...labelAnchors('label', match.labelSelector),
    ...labelAnchors('namespaceLabel', match.namespaceSelector),
  ].filter((list) => list !== undefined);
}

/** A label as the text of an anchor. */
export const labelText = (key: string, value: string): string => `${key}=${value}`;

const is = (field: AnchorField, text: string): Anchor => ({ field, kind: 'is', text });

/** None where one of the globs has neither a beginning nor an end: `*db*`. */
function globAnchors(
  field: AnchorField,
  globs: readonly string[] | undefined,
): readonly Anchor[] | undefined {
  const anchors = globs?.map((glob) => globAnchor(field, glob));
  return anchors?.every((anchor) => anchor !== undefined) ? anchors : undefined;
}

function globAnchor(field: AnchorField, glob: string): Anchor | undefined {
  const first = glob.search(/[*?]/);
  if (first < 0) return is(field, glob);
  const begins = glob.slice(0, first);
  const ends = glob.slice(Math.max(glob.lastIndexOf('*'), glob.lastIndexOf('?')) + 1);
  if (begins === '' && ends === '') return undefined;
  return begins.length >= ends.length
    ? { field, kind: 'begins', text: begins }
    : { field, kind: 'ends', text: ends };
}

/** What asks for a label to be absent is no anchor, and one that asks for any value is a poor one. */
function labelAnchors(
  field: AnchorField,
  selector: LabelSelector | undefined,
): readonly (readonly Anchor[])[] {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  const named = Object.entries(matchLabels).map(([key, value]) => [is(field, labelText(key, value))]);
  const listed = matchExpressions
    .filter(({ operator }) => operator === 'In')
    .map(({ key, values = [] }) => values.map((value) => is(field, labelText(key, value))));
  return [...named, ...listed];
}
