import { isAlmostSecret } from '../object/kinds.ts';

/*
 * Parsing takes most of the time of a check, and most documents hold no Secret. These two questions are answered by the
 * text alone. A wrong "no" would let a Secret pass unseen, so each answers "no" only if the text proves it.
 */

/**
 * Whether the document is an object of another kind, by the plain lines at its left edge. In a block map that begins
 * there, each key of the object begins a line there. Text in quotes or brackets can add lines that look like keys, but
 * it can't hide one. The document then has two lines of the kind. Any other form of a key has to be parsed.
 */
export function isOtherKind(document: string, isKnown: IsKnownKind = isSecretKind): boolean {
  let kind: string | undefined;
  let hasKey = false;
  for (let start = 0; start < document.length; start = lineAfter(document, start)) {
    const first = document.charCodeAt(start);
    if (IGNORED_FIRST.has(first)) {
      // A map that is indented as a whole has its keys elsewhere.
      if (!hasKey && !isBlankOrComment(document, start)) return false;
      continue;
    }
    PLAIN_KEY.lastIndex = start;
    const [, key] = PLAIN_KEY.exec(document) ?? [];
    if (key === undefined) return false;
    hasKey = true;
    if (key === 'items' || key === 'stringData') return false;
    if (key === 'apiVersion' && !isOther(document, start, isSecretKind)) return false;
    if (key !== 'kind') continue;
    if (kind !== undefined || !isOther(document, start, isKnown)) return false;
    kind = key;
  }
  return kind !== undefined && !OTHER_BREAK.test(document);
}

/** Ends of lines and marks that kubectl knows, and that the search for lines does not. */
const OTHER_BREAK = /\r(?!\n)|[\x85\u2028\u2029\ufeff]/;

const SPACE = 0x20;
/** An indented line, an empty line, a comment, or an item of the list above: none of them is a key of the object. */
const IGNORED_FIRST: ReadonlySet<number> = new Set([SPACE, 0x0a, 0x0d, 0x23, 0x2d]);

const PLAIN_KEY = /([A-Za-z][\w.-]*):(?=[ \r\n]|$)/y;

/** `kind: ConfigMap`: one plain word, and none by which lockstep knows an object. */
function isOther(document: string, start: number, isKnown: IsKnownKind): boolean {
  PLAIN_VALUE.lastIndex = start;
  const [, value = ''] = PLAIN_VALUE.exec(document) ?? [];
  return value !== '' && !isKnown(value);
}

export type IsKnownKind = (kind: string) => boolean;

const PLAIN_VALUE = /[A-Za-z]+: +([A-Za-z][\w./-]*)(?= *(?:[\r\n]|$)| +#)/y;
const KNOWN = /secret|kustomiz|^(?:Postgres|Redis)Credential|^List$/i;
export const isSecretKind: IsKnownKind = (kind) => KNOWN.test(kind) || isAlmostSecret(kind);

const lineAfter = (text: string, start: number): number => {
  const newline = text.indexOf('\n', start);
  return newline === -1 ? text.length : newline + 1;
};

function isBlankOrComment(text: string, start: number): boolean {
  BLANK_OR_COMMENT.lastIndex = start;
  return BLANK_OR_COMMENT.test(text);
}
const BLANK_OR_COMMENT = /[ \r]*(?:[#\n]|$)/y;

/**
 * Whether the text is one JSON object without a Secret, at any depth: no `kind` names one, and no escape could spell
 * it. The parser of this process takes a tenth of the time of the one that knows positions.
 */
export function isOtherJson(text: string): boolean {
  if (SECRET_IN_JSON.test(text) || namesKindInJson(text, isAlmostSecret)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether a JSON text names one of these kinds. */
export const namesKindInJson = (text: string, isKnown: IsKnownKind): boolean =>
  [...text.matchAll(KIND_IN_JSON)].some(([, kind = '']) => isKnown(kind));

const KIND_IN_JSON = /"kind"\s{0,9}:\s{0,9}"(\w{1,64})"/g;

/** `\u0041` to `\u007a` are the letters. Go writes `<` as `\u003c`. */
const SECRET_IN_JSON = /"kind"\s*:\s*"[^"]*(?:secret|kustomiz)|"stringData"|"kustomize\.config|\\u00[4-7]/i;

/** Whether the text names a kind that is no Secret. */
export const mayHoldOtherObject = (text: string): boolean =>
  /\bkind["']?\s{0,9}:\s{0,9}["']?(?!Secret\b)[A-Za-z]/.test(text);

/** Whether the text may hold an object of lockstep's own kinds. */
export const mayHoldOwnObject = (text: string): boolean =>
  text.includes('lockstep.dev/') &&
  /\bkind["']?\s{0,99}:\s{0,99}["']?(?:SecretPolicy|(?:Postgres|Redis)Credential)/.test(text);

/**
 * Whether a text that can't be parsed could be meant as a Secret. It then names that kind, or a kind that is no plain
 * word, or the field `stringData`. An escape could spell each of them.
 */
export function mayBeSecret(document: string): boolean {
  return (
    /\bstringData\b|\\[ux]/i.test(document) ||
    [...document.matchAll(KIND)].some(
      ([, value = '']) => value === '' || /secret/i.test(value) || isAlmostSecret(value),
    )
  );
}

/** Whether the text names a kind that is nearly `Secret`. */
export const namesAlmostSecret = (text: string): boolean =>
  [...text.matchAll(KIND)].some(([, value = '']) => isAlmostSecret(value));

/** A letter of another script may look like one of `Secret`. */
const KIND = /\b[Kk][Ii][Nn][Dd]["']?\s{0,99}:\s{0,99}["']?(\p{L}[\p{L}\w.-]*)?/gu;
