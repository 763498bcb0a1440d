import type { Sensitive } from '../../engine/secret/sensitive.ts';
import type { ManifestSecret } from '../read/manifest-secret.ts';
import { additionOf } from './add-keys.ts';
import {
  dataOf,
  type Located,
  locate,
  type Refuse,
  type Replacement,
  uneditable,
  writtenAt,
} from './locate.ts';
import { replacementOf } from './set-key.ts';

/**
 * The text with those keys of that Secret set, and every other byte as it was. A key stays where it is, in its style; a new one goes behind the last one of
 * `stringData`, else of `data`. Edit the Secrets of one file from the last to the first, so that the places of the others hold.
 * Throws UNEDITABLE where a value is shared by an alias, or where the result would not read back as what was asked for.
 */
export function editSecret(
  text: string,
  manifest: ManifestSecret,
  changes: ReadonlyMap<string, Sensitive>,
): string {
  if (changes.size === 0) return text;
  const refuse = uneditable(manifest);
  const [first = ''] = changes.keys();
  const before = locate(text, manifest);
  const replaced = [...changes].flatMap(([key, value]) => replacementOf(before, key, value, refuse) ?? []);
  const mended = apply(text, replaced);
  const between = locate(mended, manifest, refuse(first, BY_HAND));
  const added = new Map([...changes].filter(([key]) => writtenAt(between, key) === undefined));
  const edited = added.size === 0 ? mended : apply(mended, [additionOf(between, added, refuse)]);
  requireRead(before, locate(edited, manifest, refuse(first, BY_HAND)), changes, refuse);
  return edited;
}

const BY_HAND = 'can not be changed here without changing more: set it by hand';

function apply(text: string, replacements: readonly Replacement[]): string {
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end, text: piece } of replacements.toSorted((a, b) => a.start - b.start)) {
    pieces.push(text.slice(from, start), piece);
    from = end;
  }
  return pieces.join('') + text.slice(from);
}

/** Nothing is given out that would not be read as what was asked for. */
function requireRead(
  before: Located,
  after: Located,
  changes: ReadonlyMap<string, Sensitive>,
  refuse: Refuse,
): void {
  const wanted = new Map([...dataOf(before), ...changes]);
  const found = dataOf(after);
  for (const key of new Set([...wanted.keys(), ...found.keys()])) {
    if (found.get(key)?.equals(wanted.get(key)) !== true) throw refuse(key, BY_HAND);
  }
}
