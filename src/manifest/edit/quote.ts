import type { ScalarNode, ScalarStyle } from '../yaml/node.ts';
import { resolveScalar } from '../yaml/scalar.ts';

/** The style in which a value or a key is written. */
export interface QuoteOptions {
  readonly style: ScalarStyle;
  /** The value is inside `{ }` or `[ ]`. */
  readonly flow: boolean;
  /** Indentation of the lines of a block. */
  readonly indent: string;
  readonly newline: string;
}

/**
 * The text in this style, or in double quotes if the style can't hold it. A block ends without a newline of its own.
 */
export function quote(text: string, { style, flow, indent, newline }: QuoteOptions): string {
  switch (style) {
    case 'plain':
      return isSafePlain(text, flow) ? text : doubleQuoted(text);
    case 'single':
      return isPrintable(text) && !/[\r\n]/.test(text)
        ? `'${text.replaceAll("'", "''")}'`
        : doubleQuoted(text);
    case 'double':
      return doubleQuoted(text);
    case 'literal':
    case 'folded':
      return blockScalar(text, indent, newline) ?? doubleQuoted(text);
  }
}

/** A narrow set of texts that every YAML reader takes for a string. */
function isSafePlain(text: string, flow: boolean): boolean {
  const safePattern = flow
    ? /^[A-Za-z\d_/][A-Za-z\d_./@+=-]*$/
    : /^[A-Za-z\d_/][A-Za-z\d_./@+=:?&%~!$*,;-]*$/;
  if (!safePattern.test(text) || text.endsWith(':')) return false;
  const node: ScalarNode = {
    kind: 'scalar',
    style: 'plain',
    text,
    start: 0,
    end: 0,
    tag: undefined,
    anchored: false,
  };
  // Some readers take more texts for a date or a number of base 60 than kubectl does.
  return resolveScalar(node).type === 'string' && !/^\d[\d:.-]*$/.test(text);
}

/** JSON is YAML, but YAML also requires that these characters are escaped (libyaml, reader.c). */
function doubleQuoted(text: string): string {
  return JSON.stringify(text).replace(
    UNPRINTABLE,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const UNPRINTABLE = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;

const isPrintable = (text: string): boolean =>
  !/[\0-\x08\x0b\x0c\x0e-\x1f]/.test(text) && !new RegExp(UNPRINTABLE, '').test(text);

/** Undefined if the block would need an indentation indicator, or more than one newline at its end. */
function blockScalar(text: string, indent: string, newline: string): string | undefined {
  if (text === '' || !isPrintable(text) || /^[ \n\t]|\r|\n\n$/.test(text)) return undefined;
  const [header, body] = text.endsWith('\n') ? ['|', text.slice(0, -1)] : ['|-', text];
  const lines = body.split('\n').map((line) => (line === '' ? '' : indent + line));
  return [header, ...lines].join(newline);
}
