import { quoted, trailingNewline } from './rules/accident.ts';
import { controlCharacter } from './rules/control-character.ts';
import { distinct } from './rules/distinct.ts';
import { doubleBase64 } from './rules/double-base64.ts';
import { empty } from './rules/empty.ts';
import { exposedAnnotation } from './rules/exposed-annotation.ts';
import { format } from './rules/format.ts';
import { hashShaped } from './rules/hash-shaped.ts';
import { invalidUri } from './rules/invalid-uri.ts';
import { minLength } from './rules/min-length.ts';
import { mismatch } from './rules/mismatch.ts';
import { placeholder, unrenderedTemplate, unresolvedReference } from './rules/placeholder.ts';
import { plainTextInData } from './rules/plain-text-in-data.ts';
import { required } from './rules/required.ts';
import type { KeyRule, SecretRule } from './rules/rule.ts';
import { staleCopy } from './rules/stale-copy.ts';
import { underivable } from './rules/underivable.ts';
import { unescapedUri } from './rules/unescaped-uri.ts';
import { nonAscii, unstableUnicode } from './rules/unicode.ts';
import { unportableName } from './rules/unportable-name.ts';
import { weak } from './rules/weak.ts';
import { whitespace } from './rules/whitespace.ts';

/** Asked of each key in this order; after one that is `final` nothing more is said of the key. */
export const keyRules: readonly KeyRule[] = [
  // Is there a value at all?
  required,
  empty,
  underivable,
  // Is it a real value?
  unrenderedTemplate,
  unresolvedReference,
  placeholder,
  // Accidents of typing and encoding.
  plainTextInData,
  doubleBase64,
  trailingNewline,
  quoted,
  whitespace,
  // Is it strong enough?
  minLength,
  weak,
  // Does it fit where it is used?
  controlCharacter,
  unportableName,
  hashShaped,
  unstableUnicode,
  nonAscii,
  format,
  // Is a URL readable, rightly spelled, and in step?
  invalidUri,
  unescapedUri,
  mismatch,
];

/** Asked of the Secret as a whole. */
export const secretRules: readonly SecretRule[] = [distinct, staleCopy, exposedAnnotation];
