import type { Floor } from '../../engine/floor/floor.ts';
import type { LeftOut } from '../../engine/floor/left-out.ts';

/** The requirements that the floor leaves out, by policy and key, for a person. */
export function floorExplanation({
  objects,
  leftOut,
  notes,
}: Pick<Floor, 'objects' | 'leftOut' | 'notes'>): string {
  const names = objects.flatMap(({ kind, metadata }) =>
    kind === 'ValidatingAdmissionPolicy' ? metadata.name : [],
  );
  const lines = [
    `The floor has ${names.length === 0 ? 'no objects' : names.join(', ')}.`,
    ...notes.map((note) => `${note}.`),
    'Only lockstep itself sees these requirements:',
    ...linesByPolicy(leftOut),
  ];
  return `${lines.join('\n')}\n`;
}

const linesByPolicy = (leftOut: readonly LeftOut[]): readonly string[] =>
  [...Map.groupBy(leftOut, (one) => one.policy)].flatMap(([policy, items]) => [
    '',
    policy,
    ...items.map(lineOf),
  ]);

const lineOf = ({ key, what }: LeftOut): string => `  ${key === '' ? '(policy)' : key}: ${what}`;
