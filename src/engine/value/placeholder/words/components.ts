import { BLANK, classesOf } from '../vocabulary/characters.ts';

/** The smallest parts of a value that a person fills in: a host label, a segment of a path, a value of a query. */
export interface Component {
  readonly text: string;
  /** In the path of a URL, or of a file. */
  readonly inPath: boolean;
}

/** A value with more parts is a list or a document. */
const MAX_COMPONENTS = 64;

/**
 * The parts of a one-line value: a URL, a host name, an address, a `;` string, or a single word. A text that is no URL
 * is a part as a whole too.
 */
export function componentsOf(text: string): readonly Component[] {
  const isUrl = text.includes('://');
  const pathAt = isUrl ? text.indexOf('/', text.indexOf('://') + 3) : text.startsWith('/') ? 0 : text.length;
  const components: Component[] = isUrl || pathAt === 0 ? [] : [{ text, inPath: false }];
  for (let from = startOfToken(text, 0); from < text.length; ) {
    const end = endOfToken(text, from);
    const token = text.slice(from, end);
    const inPath = pathAt >= 0 && from > pathAt;
    if (token !== text) components.push({ text: token, inPath });
    if (token.includes('.')) {
      for (const label of token.split('.')) if (label !== '') components.push({ text: label, inPath });
    }
    if (components.length > MAX_COMPONENTS) return [];
    from = startOfToken(text, end);
  }
  return components;
}

const SEPARATORS = '/:@?&=#,;|()[]{}<>"\'';
/** 1 for each ASCII sign between tokens, by its code. */
const isSign = new Uint8Array(128);
for (const sign of SEPARATORS) isSign[sign.charCodeAt(0)] = 1;

const isSeparator = (code: number): boolean =>
  (code < 128 && isSign[code] === 1) || (classesOf(code) & BLANK) !== 0;

function startOfToken(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSeparator(text.charCodeAt(at))) at += 1;
  return at;
}

function endOfToken(text: string, from: number): number {
  let at = from;
  while (at < text.length && !isSeparator(text.charCodeAt(at))) at += 1;
  return at;
}
