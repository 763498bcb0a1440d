import type { DerivingPolicy } from '../../engine/floor/derive/mutating-policy.ts';
import type { Floor } from '../../engine/floor/floor.ts';
import type { LeftOut } from '../../engine/floor/left-out.ts';

/** The requirements that the floor leaves out, by policy and key, for a person. */
export function floorExplanation(
  { objects, leftOut, notes }: Pick<Floor, 'objects' | 'leftOut' | 'notes'>,
  deriving?: DerivingPolicy,
): string {
  const names = objects.flatMap(({ kind, metadata }) =>
    kind === 'ValidatingAdmissionPolicy' ? metadata.name : [],
  );
  const lines = [
    `The floor has ${names.length === 0 ? 'no objects' : names.join(', ')}.`,
    ...notes.map((note) => `${note}.`),
    'Only lockstep itself sees these requirements:',
    ...linesByPolicy(leftOut),
    ...(deriving === undefined ? [] : derivingLines(deriving)),
  ];
  return `${lines.join('\n')}\n`;
}

function derivingLines({ derived, leftOut }: DerivingPolicy): readonly string[] {
  const lines = [
    '',
    derived.length === 0 ? 'The API server derives no key.' : 'The API server derives these keys:',
  ];
  for (const [policy, items] of Map.groupBy(derived, (one) => one.policy))
    lines.push('', policy, ...items.map(({ key }) => `  ${key}`));
  if (leftOut.length > 0)
    lines.push('', 'Only lockstep itself derives these keys:', ...linesByPolicy(leftOut));
  return lines;
}

const linesByPolicy = (leftOut: readonly LeftOut[]): readonly string[] =>
  [...Map.groupBy(leftOut, (one) => one.policy)].flatMap(([policy, items]) => [
    '',
    policy,
    ...items.map(lineOf),
  ]);

const lineOf = ({ key, what }: LeftOut): string => `  ${key === '' ? '(policy)' : key}: ${what}`;
