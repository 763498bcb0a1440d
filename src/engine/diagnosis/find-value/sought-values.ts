import { Buffer } from 'node:buffer';
import { urlPassword } from '../../value/uri/read.ts';
import { Matcher, type Needle } from './matcher.ts';
import { unsearchableReason } from './unsearchable.ts';
import { bytesOf } from './views.ts';

/** The value as given, the text that it encodes, the password of a given URL, or a line of a given private key. */
export type SoughtForm = 'given' | 'decoded' | 'url-password' | 'key-line';

interface SoughtText extends Needle {
  readonly value: number;
  readonly form: SoughtForm;
}

/** A longer value is no password, so it counts inside a longer word too: `mysql -pVALUE`. */
const WORD_LENGTH = 16;

/** The values of a search. No output of this object holds one. */
export class SoughtValues {
  readonly #texts: readonly SoughtText[];
  readonly #matcher: Matcher;
  /** Finds them inside a longer word too. Without it, an output of many places would be read once for each value. */
  readonly #redactor: Matcher;
  /** In bytes. */
  readonly shortest: number;

  /** Each value must be searchable: see `unsearchableReason`. */
  constructor(values: readonly string[]) {
    this.#texts = values.flatMap((value, index) => textsOf(value, index));
    this.#matcher = new Matcher(this.#texts);
    this.#redactor = new Matcher(this.#texts.map(({ text }) => ({ text, isWord: false })));
    this.shortest = Math.min(...this.#texts.map(({ text }) => text.length));
  }

  /** Calls `found` for each value in the text, and returns false if the text costs too much. */
  search(text: string, found: (value: number, form: SoughtForm) => void): boolean {
    return this.#matcher.search(text, (needle) => {
      const { value, form } = this.#texts[needle]!;
      found(value, form);
    });
  }

  /** The text without the values. Objects, keys and files of a report may have a value as their name. */
  redact(text: string): string {
    const found = new Set<number>();
    const isSearched = this.#redactor.search(bytesOf(text), (needle) => found.add(needle));
    let redacted = text;
    for (const [needle, { text: sought }] of this.#texts.entries())
      if (found.has(needle) || !isSearched)
        redacted = redacted.replaceAll(Buffer.from(sought, 'latin1').toString('utf8'), '[redacted]');
    return redacted;
  }
}

/** A scanner may report a value as a file encodes it, or a URL of which other places hold the password only. */
function textsOf(given: string, value: number): readonly SoughtText[] {
  const decoded = [base64Text(given), percentText(given)];
  const password = urlPassword(given)?.value;
  const forms: readonly (readonly [SoughtForm, string | undefined])[] = [
    ['given', given],
    ...decoded.map((text) => ['decoded', text] as const),
    ['url-password', password],
    ['key-line', privateKeyLine(given)],
  ];
  return forms.flatMap(([form, text]) =>
    text === undefined || (form !== 'given' && (text === given || unsearchableReason(text) !== undefined))
      ? []
      : { text: bytesOf(text), value, form, isWord: text.length < WORD_LENGTH },
  );
}

const ENCODED = /^[\w+/-]{11,}={0,2}$/;

/** The text that the value encodes in base64. Undefined if the value is no base64 of a text. */
function base64Text(given: string): string | undefined {
  if (!ENCODED.test(given)) return undefined;
  const bytes = Buffer.from(given, 'base64');
  const text = bytes.toString('utf8');
  return /^[\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffc\u{10000}-\u{10ffff}]+$/u.test(text)
    ? text
    : undefined;
}

/** A private key is written with other line breaks and indented, so that only its lines are the same everywhere. */
function privateKeyLine(given: string): string | undefined {
  const [, body] = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(.*?)(?:-----END|$)/s.exec(given) ?? [];
  const lines = body?.replaceAll('\\n', '\n').match(/[\w+/]{32,}/g) ?? [];
  // The first line may hold no more than the kind of the key.
  return lines.slice(1).sort((one, other) => other.length - one.length)[0] ?? lines[0];
}

function percentText(given: string): string | undefined {
  try {
    return decodeURIComponent(given);
  } catch {
    return undefined;
  }
}
