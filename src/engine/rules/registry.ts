import {
  certificateMismatch,
  certificateOrder,
  expiredCertificate,
  invalidCertificate,
} from './certificate.ts';
import { controlCharacter } from './control-character.ts';
import { distinct } from './distinct.ts';
import { doubleBase64 } from './double-base64.ts';
import { empty } from './empty.ts';
import { exposedAnnotation } from './exposed-annotation.ts';
import { format } from './format.ts';
import { hashShaped } from './hash-shaped.ts';
import { invalidUri } from './invalid-uri.ts';
import { minLength } from './min-length.ts';
import { mismatch } from './mismatch.ts';
import { placeholder, unrenderedTemplate, unresolvedReference } from './placeholder.ts';
import { plainTextInData } from './plain-text-in-data.ts';
import { removed } from './removed.ts';
import { required } from './required.ts';
import type { KeyRule, SecretRule } from './rule.ts';
import { staleCopy } from './stale-copy.ts';
import { underivable } from './underivable.ts';
import { unescapedUri } from './unescaped-uri.ts';
import { nonAscii, unstableUnicode } from './unicode.ts';
import { unportableName } from './unportable-name.ts';
import { weak } from './weak.ts';
import { whitespace } from './whitespace.ts';
import { quoted, trailingNewline } from './whitespace-and-quotes.ts';

/** Checks of each key, in this order. A finding of a `final` rule ends the checks of its key. */
export const keyRules: readonly KeyRule[] = [
  // Does the key have a value?
  removed,
  required,
  empty,
  underivable,
  // Is the value real?
  unrenderedTemplate,
  unresolvedReference,
  placeholder,
  // Is the value free of accidents of typing and encoding?
  plainTextInData,
  doubleBase64,
  trailingNewline,
  quoted,
  whitespace,
  // Is the value strong enough?
  minLength,
  weak,
  // Does the value fit its use?
  controlCharacter,
  unportableName,
  hashShaped,
  unstableUnicode,
  nonAscii,
  format,
  // Is a URL readable, correctly encoded and in sync?
  invalidUri,
  unescapedUri,
  mismatch,
];

/** Checks of the Secret as a whole. */
export const secretRules: readonly SecretRule[] = [
  distinct,
  staleCopy,
  // Is a certificate usable with its private key?
  invalidCertificate,
  certificateMismatch,
  certificateOrder,
  expiredCertificate,
  exposedAnnotation,
];
