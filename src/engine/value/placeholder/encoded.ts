import { Buffer, isUtf8 } from 'node:buffer';
import type { ValueText } from './value-text.ts';

/** No instruction is longer: a longer value is data. */
const MAX_LENGTH = 600;

/** The text inside a base64 value, if it is text: the value was encoded once too often. */
export function encodedText({ text }: ValueText): string | undefined {
  const body = text.startsWith('base64:') ? text.slice(7) : text;
  if (
    body.length < 4 ||
    body.length > MAX_LENGTH ||
    body.length % 4 === 1 ||
    !mayHoldText(body) ||
    !/^[A-Za-z0-9+/_-]+={0,2}$/.test(body)
  )
    return undefined;
  const bytes = Buffer.from(body, 'base64');
  if (bytes.length < 3 || bytes[0]! < 9 || !isUtf8(bytes)) return undefined;
  const inner = bytes.toString('utf8').trim();
  if (MIXES_SCRIPTS.test(inner)) return undefined;
  return /^[\x20-\x7e\n\t]{3,}$|^[\p{L}\p{M}\p{N}\s._-]{3,}$/u.test(inner) ? inner : undefined;
}

/** Random bytes are UTF-8 by chance, with letters of many scripts. */
const MIXES_SCRIPTS = /[a-z].*[^\0-\u024f]|[^\0-\u024f].*[a-z]/i;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** By character code. `-` and `_` belong to the URL alphabet (RFC 4648, 5). All other characters are -1. */
const SEXTETS: readonly number[] = Array.from({ length: 128 }, (_, code) =>
  ALPHABET.indexOf(String.fromCharCode(code).replace('-', '+').replace('_', '/')),
);
const CHECKED_CHARACTERS = 8;

/**
 * The first bytes begin UTF-8 text without control characters. Almost no random value does, so few values are decoded.
 */
export function mayHoldText(base64: string): boolean {
  const length = Math.min(base64.length, CHECKED_CHARACTERS);
  let bits = 0;
  let held = 0;
  let following = 0;
  for (let at = 0; at < length; at++) {
    const sextet = SEXTETS[base64.charCodeAt(at)] ?? -1;
    if (sextet < 0) break;
    bits = (bits << 6) | sextet;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    const byte = (bits >> held) & 0xff;
    const continues = byte >= 0x80 && byte < 0xc0;
    if (continues !== following > 0) return false;
    if (continues) following -= 1;
    else if (byte < 9 || (byte > 13 && byte < 32) || byte === 0x7f || byte > 0xf4) return false;
    else following = byte < 0x80 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
  }
  return true;
}
