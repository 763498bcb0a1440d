import type { LabelSelector } from './label-selector.ts';
import type { MatchSpec } from './schema/schema.ts';

export type AnchorField = 'name' | 'namespace' | 'type' | 'key' | 'label' | 'namespaceLabel';

/** A property of every Secret that a policy selects: a field with this text, or with this prefix or suffix. */
export interface Anchor {
  readonly field: AnchorField;
  readonly kind: 'is' | 'begins' | 'ends';
  readonly text: string;
}

/** Each selected Secret has at least one anchor of each list. A policy without any list may select every Secret. */
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

/** Undefined if one of the globs has neither a prefix nor a suffix: `*db*`. */
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

/** A requirement that a label is absent is no anchor. A requirement of any value is a weak one. */
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
