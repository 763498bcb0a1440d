/**
 * The form of a text without quotes in a file, by its line.
 *
 * - `scalar` is a whole value, item or name of YAML, and `flow` one in braces
 * - `word` is a part of a longer text in YAML
 * - `literal` is a value of JSON, TOML or HCL, in which each text has quotes
 * - `assigned` is a value after `=`, which a shell may read too
 * - `field` is a part of a line such as `host:port:user:password`
 * - `other` is a text of any other line
 */
export type UnquotedForm = 'scalar' | 'flow' | 'word' | 'literal' | 'assigned' | 'field' | 'other';

/** A text without quotes that holds the value of a key, and more if the template has signs next to it. */
export interface UnquotedText {
  readonly form: UnquotedForm;
  /** The offsets in its line. */
  readonly start: number;
  readonly end: number;
}

const ASSIGNED = /^\s*(?:(?:export|set)\s+)?[\w.\-[\]]+\s*=\s*/;
/** Before a value of YAML: `- `, `name: `, `"name": `. */
const BEFORE_VALUE = /^\s*(?:-\s+)*(?:-\s+|"[^"]*":\s+|'[^']*':\s+|[^\s'"#:=,{}[\]][^:={}[\]]*:\s+)$/;
const JSON_FILE = /^\s*(?:\{\s*["}]|\[\s*["{[])/;
const LITERAL_FILE = /\.(?:json|toml|tfvars|hcl)$/i;
const BLANK = /\s/;
const FLOW_END = /[\s,{}[\]]/;

/** The text around the offset `at` of a line. `file` is the template, and `key` names it. */
export function unquotedTextAt(line: string, at: number, file: string, key: string): UnquotedText {
  const assigned = ASSIGNED.exec(line)?.[0].length ?? 0;
  const isLiteral = JSON_FILE.test(file) || LITERAL_FILE.test(key);
  const isFlow = !isLiteral && hasOpenBracket(line.slice(0, at));
  const ends = isLiteral || isFlow ? FLOW_END : BLANK;
  let start = at;
  while (start > assigned && !ends.test(line.charAt(start - 1))) start -= 1;
  let end = at;
  while (end < line.length && !ends.test(line.charAt(end))) end += 1;
  if (isLiteral) return { form: 'literal', start, end };
  if (isFlow) return { form: 'flow', start, end };
  if (assigned > 0 && assigned <= at) return { form: 'assigned', start, end };
  const isName = /^\s*$/.test(line.slice(0, start)) && /^:(?:\s|$)/.test(line.slice(end - 1));
  if (isName) return { form: 'scalar', start, end: end - 1 };
  if (BEFORE_VALUE.test(line.slice(0, start)))
    return { form: /^\s*(?:#|$)/.test(line.slice(end)) ? 'scalar' : 'word', start, end };
  if (/^\s*(?:-\s+)*[^\s:=]+:\s/.test(line)) return { form: 'word', start, end };
  return /[:,]/.test(`${line.charAt(at - 1)}${line.charAt(at + 1)}`)
    ? { form: 'field', start: at, end: at + 1 }
    : { form: 'other', start, end };
}

function hasOpenBracket(before: string): boolean {
  const outside = before.replace(/"[^"]*"|'[^']*'/g, '');
  return (outside.match(/[{[]/g)?.length ?? 0) > (outside.match(/[}\]]/g)?.length ?? 0);
}

/** Whether a reader of the file finds this text, and no number, date or map. */
export function isReadAsWritten(text: string, form: UnquotedForm): boolean {
  switch (form) {
    case 'scalar':
      return isPlainText(text);
    case 'flow':
      return isPlainText(text) && !text.includes(',');
    case 'word':
      return !text.endsWith(':');
    case 'literal':
      return text === 'true' || text === 'false' || isCanonicalNumber(text);
    case 'assigned':
      // A shell puts the folder of a user there.
      return !/(?:^|:)~/.test(text);
    case 'field':
      return !/[:,]/.test(text);
    case 'other':
      return true;
  }
}

/** A number that each reader writes in the same way: `5432`, not `05432`, `1e3` or `1.10`. */
const isCanonicalNumber = (text: string): boolean =>
  /^-?\d{1,17}(?:\.\d{1,17})?$/.test(text) && String(Number(text)) === text;

/** YAML 1.1 and 1.2 together, as programs of either kind read the file. */
function isPlainText(text: string): boolean {
  if (text === '-' || text.endsWith(':')) return false;
  return !TYPED.test(text) || isCanonicalNumber(text);
}

/** Words, numbers, times of day in base 60, and dates. */
const TYPED = new RegExp(
  `^(?:${[
    '~|null|Null|NULL',
    'y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF|True|TRUE|False|FALSE',
    String.raw`[-+]?0[xX][\da-fA-F_]+|[-+]?0[bB][01_]+|[-+]?0[oO][0-7_]+`,
    String.raw`[-+]?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][-+]?\d+)?`,
    String.raw`[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?`,
    String.raw`[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)`,
    String.raw`\d{4}-\d\d?-\d\d?(?:[Tt][\d:.]+(?:[Zz]|[-+]\d\d?(?::\d\d)?)?)?`,
  ].join('|')})$`,
);
