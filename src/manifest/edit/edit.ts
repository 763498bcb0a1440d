import type { Sensitive } from '../../engine/secret/sensitive.ts';
import type { ManifestSecret } from '../object/manifest-secret.ts';
import { addKeys } from './add-keys.ts';
import {
  dataAt,
  type EditErrorFactory,
  editErrorFor,
  locateKey,
  locateSecret,
  type Replacement,
  type SecretLocation,
} from './locate.ts';
import { replaceKey } from './set-key.ts';

/**
 * Sets keys of one Secret in the text and leaves every other byte unchanged. An existing key keeps its place and
 * style. A new key is inserted after the last one of `stringData`, or else of `data`. Edit the Secrets of one file
 * from the last to the first, so that the positions of the others stay valid. Throws UNEDITABLE if an alias shares the
 * value, or if the result would read back as another value.
 */
export function editSecret(
  text: string,
  manifest: ManifestSecret,
  changes: ReadonlyMap<string, Sensitive>,
): string {
  if (changes.size === 0) return text;
  const editError = editErrorFor(manifest);
  const [firstKey = ''] = changes.keys();
  const before = locateSecret(text, manifest);
  const replacements = [...changes].flatMap(
    ([key, value]) => replaceKey(before, key, value, editError) ?? [],
  );
  const withReplacements = applyReplacements(text, replacements);
  const current = locateSecret(withReplacements, manifest, editError(firstKey, EDIT_BY_HAND));
  const keysToAdd = new Map([...changes].filter(([key]) => locateKey(current, key) === undefined));
  const edited =
    keysToAdd.size === 0
      ? withReplacements
      : applyReplacements(withReplacements, [addKeys(current, keysToAdd, editError)]);
  verifyReadBack(
    before,
    locateSecret(edited, manifest, editError(firstKey, EDIT_BY_HAND)),
    changes,
    editError,
  );
  return edited;
}

const EDIT_BY_HAND = 'can not be changed here without changing more: set it by hand';

function applyReplacements(text: string, replacements: readonly Replacement[]): string {
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end, text: replacement } of replacements.toSorted((a, b) => a.start - b.start)) {
    pieces.push(text.slice(from, start), replacement);
    from = end;
  }
  return pieces.join('') + text.slice(from);
}

/** Invariant: the edited text reads back as the requested values. */
function verifyReadBack(
  before: SecretLocation,
  after: SecretLocation,
  changes: ReadonlyMap<string, Sensitive>,
  editError: EditErrorFactory,
): void {
  const expected = new Map([...dataAt(before), ...changes]);
  const actual = dataAt(after);
  for (const key of new Set([...expected.keys(), ...actual.keys()])) {
    if (actual.get(key)?.equals(expected.get(key)) !== true) throw editError(key, EDIT_BY_HAND);
  }
}
