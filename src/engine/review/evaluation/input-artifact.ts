import { Buffer } from 'node:buffer';

import type { Sensitive } from '../../secret/sensitive.ts';
import { readConnection } from '../../value/uri/read.ts';

/** Longer values are files, not passwords or URLs, and have no accidents of typing. */
export const MAX_TEXT_BYTES = 8192;

/** An obvious accident in a single-line value, and the value without it. */
export interface InputArtifact {
  readonly rule: 'trailing-newline' | 'quoted' | 'double-base64' | 'whitespace';
  readonly corrected: Sensitive;
}

/**
 * The first accident, and the value with all accidents corrected. Undefined if there is none. A second run changes
 * nothing.
 */
export function inputArtifactOf(value: Sensitive, derived: boolean): InputArtifact | undefined {
  if (value.isEmpty || value.size > MAX_TEXT_BYTES) return undefined;
  let rule: InputArtifact['rule'] | undefined;
  const corrected = value.map((original) => {
    let text = original;
    for (;;) {
      const step =
        withoutNewline(text) ??
        withoutQuotes(text) ??
        (derived ? (withoutBlanks(text) ?? withoutBase64(text)) : undefined);
      if (step === undefined) return rule === undefined ? undefined : text;
      rule ??= step.rule;
      text = step.text;
    }
  });
  return rule === undefined || corrected === undefined ? undefined : { rule, corrected };
}

interface NormaliseStep {
  readonly rule: InputArtifact['rule'];
  readonly text: string;
}

/** `echo value | base64` keeps the newline that `echo` prints. */
function withoutNewline(text: string): NormaliseStep | undefined {
  if (!text.endsWith('\n') && !text.endsWith('\r')) return undefined;
  const end = text.search(/[\r\n]/);
  if (/[^\r\n]/.test(text.slice(end))) return undefined;
  return { rule: 'trailing-newline', text: text.slice(0, end) };
}

/** Quotes kept from a dotenv file. */
function withoutQuotes(text: string): NormaliseStep | undefined {
  const quote = text[0];
  if ((quote !== '"' && quote !== "'") || text.length < 2 || !text.endsWith(quote)) return undefined;
  const inner = text.slice(1, -1);
  if (inner.includes(quote) || /[\r\n]/.test(inner)) return undefined;
  return { rule: 'quoted', text: inner };
}

/** Blanks around a usable URL. No driver reads it, and deriving the URL again would lose its free parts. */
function withoutBlanks(text: string): NormaliseStep | undefined {
  const trimmed = text.trim();
  if (trimmed === text || readConnection(text) !== undefined || readConnection(trimmed) === undefined)
    return undefined;
  return { rule: 'whitespace', text: trimmed };
}

/** A shorter text is no base64 of a URL. */
const MIN_BASE64_LENGTH = 16;

/** Base64 of a usable URL, put under `data` like `stringData`, or encoded twice. */
function withoutBase64(text: string): NormaliseStep | undefined {
  if (text.length < MIN_BASE64_LENGTH || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const decoded = Buffer.from(text, 'base64').toString('utf8');
  if (readConnection(withoutNewline(decoded)?.text ?? decoded) === undefined) return undefined;
  return { rule: 'double-base64', text: decoded };
}
