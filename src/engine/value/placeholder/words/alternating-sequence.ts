import { Buffer } from 'node:buffer';

/**
 * Each second character continues in the alphabet: `A%D*G-KaPdSgVkYp`. A well-known web page makes such keys, as text
 * or in hexadecimal. Many tutorials hold one, and so do copies of them.
 */
export function isAlternatingSequence(text: string): boolean {
  return alternates(text) || (HEX.test(text) && alternates(Buffer.from(text, 'hex').toString('latin1')));
}

/** Hexadecimal of printable characters, of which none is a control character. */
const HEX = /^(?:[2-7][0-9a-f]){16,}$/i;

/** Sixteen random characters have six such steps, and no other, in less than one of a million values. */
const MIN_STEPS = 7;

function alternates(text: string): boolean {
  let steps = 0;
  for (let at = 2; at < text.length; at++) {
    const [from, to] = [text.charCodeAt(at - 2), text.charCodeAt(at)];
    const kind = kindOf(from);
    if (kind === 'sign' || kind !== kindOf(to)) continue;
    if (to - from < 2 || to - from > 5) return false;
    steps++;
  }
  return steps >= MIN_STEPS;
}

function kindOf(code: number): 'digit' | 'capital' | 'small' | 'sign' {
  if (code >= 0x30 && code <= 0x39) return 'digit';
  if (code >= 0x41 && code <= 0x5a) return 'capital';
  return code >= 0x61 && code <= 0x7a ? 'small' : 'sign';
}
