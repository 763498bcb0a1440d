/**
 * The names that a person probably meant, nearest first. At most a quarter of the letters differ, or one name is a part
 * of the other. A name that differs in case alone comes first.
 */
export function nearestNames(typed: string, names: readonly string[]): readonly string[] {
  const plain = typed.toLowerCase().slice(0, MAX_LENGTH);
  if (plain === '') return [];
  return names
    .map((name) => ({ name, distance: distanceOf(plain, name.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(plain.length / 4)))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name)
    .slice(0, MAX_NAMES);
}

/** The longest name that lockstep asks for. Typed text may be longer. */
const MAX_LENGTH = 253;
const MAX_NAMES = 3;
/** `uri` stands for `invalid-uri`, whatever their lengths. Two letters can be a part of any name. */
const MIN_PART_LENGTH = 3;

function distanceOf(typed: string, name: string): number {
  const isPart = typed.length >= MIN_PART_LENGTH && name.includes(typed);
  return isPart ? Math.sign(name.length - typed.length) : editDistance(typed, name);
}

/** Distance in letters to insert, remove or replace, or neighbours to swap (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  let twoAbove: readonly number[] = [];
  for (let row = 0; row < a.length; row++) {
    const current = [row + 1];
    for (let column = 0; column < b.length; column++) {
      const replaced = (above[column] ?? 0) + (a[row] === b[column] ? 0 : 1);
      const isSwap = row > 0 && column > 0 && a[row] === b[column - 1] && a[row - 1] === b[column];
      const swapped = isSwap ? (twoAbove[column - 1] ?? 0) + 1 : replaced;
      current.push(Math.min(replaced, swapped, (above[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    twoAbove = above;
    above = current;
  }
  return above[b.length] ?? 0;
}
