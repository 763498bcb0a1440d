/** A line of a file that assigns a value, or holds an item of a list, or begins a section. */
export type Line = { readonly kind: 'section'; readonly name: string } | LineEntry;

export interface LineEntry {
  readonly kind: 'entry';
  /** The columns of the dashes before the entry. */
  readonly dashes: readonly number[];
  /** The column of the name, or of the item. */
  readonly indent: number;
  /** Undefined for an item. */
  readonly name: string | undefined;
  /** True for YAML and properties, false for `name = value`. */
  readonly hasColon: boolean;
  readonly valueAt: number;
}

/** No key is longer. The limit also bounds the search for the end of a name. */
const MAX_NAME_LENGTH = 253;

/** Reads the line `[start, end)`. Undefined for a comment, a blank line, and a line of any other form. */
export function readLine(text: string, start: number, end: number): Line | undefined {
  let at = skipBlanks(text, start, end);
  if (at === end || isComment(text, at, end)) return undefined;
  const section = text[at] === '[' ? sectionName(text.slice(at, Math.min(end, at + MAX_NAME_LENGTH))) : '';
  if (section !== '') return { kind: 'section', name: section };
  const dashes: number[] = [];
  while (text[at] === '-' && at < end && (at + 1 === end || text[at + 1] === ' ')) {
    dashes.push(at - start);
    at = skipBlanks(text, at + 1, end);
  }
  const entry = { kind: 'entry', dashes, indent: at - start } as const;
  const assignment = readAssignment(text, at, end);
  if (assignment !== undefined) return { ...entry, ...assignment };
  return dashes.length > 0 && at < end
    ? { ...entry, name: undefined, hasColon: true, valueAt: at }
    : undefined;
}

interface Assignment {
  readonly name: string;
  readonly hasColon: boolean;
  readonly valueAt: number;
}

function readAssignment(text: string, start: number, end: number): Assignment | undefined {
  const nameEnd = endOfName(text, start, Math.min(end, start + MAX_NAME_LENGTH));
  if (nameEnd === undefined) return undefined;
  const separator = skipBlanks(text, nameEnd, end);
  const hasColon = text[separator] === ':';
  const isEqual = text[separator] === '=' && text[separator + 1] !== '=' && text[separator + 1] !== '>';
  if (separator >= end || !(hasColon || isEqual)) return undefined;
  const name = nameOf(text.slice(start, nameEnd), hasColon);
  return name === undefined ? undefined : { name, hasColon, valueAt: skipBlanks(text, separator + 1, end) };
}

/** The end of a name in quotes, or the first separator. `:` separates if a blank or the end of the line follows it. */
function endOfName(text: string, start: number, limit: number): number | undefined {
  const quote = text[start];
  if (quote === '"' || quote === "'") {
    const close = text.indexOf(quote, start + 1);
    return close < 0 || close >= limit ? undefined : close + 1;
  }
  for (let at = start; at < limit; at++) {
    const code = text.charCodeAt(at);
    if (code >= SIGN_IN_NAMES.length) continue;
    const sign = SIGN_IN_NAMES[code];
    if (sign === NONE) continue;
    if (sign === ENDS_NAME || (sign === MAY_END_NAME && !/\S/.test(text[at + 1] ?? ' '))) return at;
    if (sign === NOT_IN_NAMES) return undefined;
  }
  return undefined;
}

const [NONE, ENDS_NAME, MAY_END_NAME, NOT_IN_NAMES] = [0, 1, 2, 3];
/** The meaning of each ASCII character in a name, by its code. */
const SIGN_IN_NAMES = new Uint8Array(128);
SIGN_IN_NAMES['='.charCodeAt(0)] = ENDS_NAME;
SIGN_IN_NAMES[':'.charCodeAt(0)] = MAY_END_NAME;
for (const sign of '{}()<>"\'`;,|?*\\#') SIGN_IN_NAMES[sign.charCodeAt(0)] = NOT_IN_NAMES;

/** Words of a shell or a language before a name. */
const DECLARATION = /^(?:export|set|setenv|const|let|var|local|declare)\s+/;
const MAX_WORDS = 3;

function nameOf(written: string, hasColon: boolean): string | undefined {
  // Nearly every name is one word without quotes.
  if (!/[\s"']/.test(written)) return written === '' ? undefined : written;
  const trimmed = written.trim().replace(DECLARATION, '');
  const isQuoted = /^["']/.test(trimmed);
  const name = isQuoted ? trimmed.slice(1, -1) : trimmed;
  const words = name.split(/\s+/).length;
  return name === '' || words > (hasColon ? MAX_WORDS : 1) ? undefined : name;
}

const isComment = (text: string, at: number, end: number): boolean => {
  const character = text[at];
  if (character === '#' || character === ';' || character === '!' || character === '%') return true;
  if ((character !== '-' && character !== '/') || at + 1 >= end || text[at + 1] !== character) return false;
  return character === '-' || text[at + 2] === ' ';
};

/** `[client]`, `[[inputs.http]]`, `[profile dev]`. A list in brackets has commas or quotes. */
const sectionName = (line: string): string => /^\[+([\w.:@/ "-]+)\]+\s*(?:#.*)?$/.exec(line)?.[1] ?? '';

function skipBlanks(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && (text[at] === ' ' || text[at] === '\t' || text[at] === '\r')) at += 1;
  return at;
}
