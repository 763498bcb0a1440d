import type { MatchSpec } from '../schema/schema.ts';

export type LabelSelector = NonNullable<MatchSpec['labelSelector']>;
type LabelExpression = NonNullable<LabelSelector['matchExpressions']>[number];

/** As the API server reads a label selector: all requirements must hold. */
export function selects(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: ReadonlyMap<string, string>,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels.get(key) === value) &&
    matchExpressions.every((expression) => matchesExpression(expression, labels.get(expression.key)))
  );
}

function matchesExpression({ operator, values = [] }: LabelExpression, label: string | undefined): boolean {
  switch (operator) {
    case 'Exists':
      return label !== undefined;
    case 'DoesNotExist':
      return label === undefined;
    case 'In':
      return label !== undefined && values.includes(label);
    case 'NotIn':
      return label === undefined || !values.includes(label);
  }
}
