import {
  certificateMismatch,
  certificateOrder,
  expiredCertificate,
  invalidCertificate,
} from './certificate.ts';
import { invalidUri } from './derivation/invalid-uri.ts';
import { mismatch } from './derivation/mismatch.ts';
import { staleCopy } from './derivation/stale-copy.ts';
import { underivable } from './derivation/underivable.ts';
import { unescapedUri } from './derivation/unescaped-uri.ts';
import { unportableName } from './derivation/unportable-name.ts';
import { unquotable } from './derivation/unquotable.ts';
import { distinct } from './distinct.ts';
import { doubleBase64 } from './encoding/double-base64.ts';
import { format } from './encoding/format.ts';
import { hashShaped } from './encoding/hash-shaped.ts';
import { plainTextInData } from './encoding/plain-text-in-data.ts';
import { nonAscii, unstableUnicode } from './encoding/unicode.ts';
import { quoted, trailingNewline, whitespace } from './encoding/whitespace-and-quotes.ts';
import { exposedAnnotation } from './exposed-annotation.ts';
import { allowedText, controlCharacter, maxLength, minLength, pattern, prefix } from './form.ts';
import { placeholder, unrenderedTemplate, unresolvedReference } from './placeholder.ts';
import { empty, removed, required } from './presence.ts';
import type { KeyRule, PresenceRule, SecretRule, ValueRule } from './rule.ts';
import { policyError, validation } from './validation.ts';
import { weak } from './weak.ts';

/** Does the key have a value? A finding of a `final` rule ends the checks of its key. */
export const presenceRules: readonly PresenceRule[] = [removed, required, empty, underivable, unquotable];

/** Checks of each value, in this order. */
export const valueRules: readonly ValueRule[] = [
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
  maxLength,
  prefix,
  allowedText,
  pattern,
  // Is a URL readable, correctly encoded and in sync?
  invalidUri,
  unescapedUri,
  mismatch,
];

export const keyRules: readonly KeyRule[] = [...presenceRules, ...valueRules];

/** Checks of the Secret as a whole. */
export const secretRules: readonly SecretRule[] = [
  distinct,
  staleCopy,
  validation,
  policyError,
  // Is a certificate usable with its private key?
  invalidCertificate,
  certificateMismatch,
  certificateOrder,
  expiredCertificate,
  exposedAnnotation,
];
