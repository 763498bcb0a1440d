/**
 * The place of a value in a file with several lines, such as a `my.cnf` or a `.env`. lockstep inserts the value as it
 * is, or percent-encoded in a URL. It never inserts a character that could end the value in its place.
 */
export type LinePlace = 'url' | 'single-quoted' | 'double-quoted' | 'unquoted' | 'whole-line';

/** The place after this beginning of a line, with this rest of the line. */
export function linePlace(before: string, after: string): LinePlace {
  if (before === '' && after === '') return 'whole-line';
  if (isInUrl(before)) return 'url';
  const quote = openQuote(before);
  if (quote === undefined) return 'unquoted';
  return quote === '"' ? 'double-quoted' : 'single-quoted';
}

/** A URL ends at a blank or a quote. */
function isInUrl(before: string): boolean {
  const at = before.lastIndexOf('://');
  return at > 0 && /[a-z0-9+.-]/i.test(before.charAt(at - 1)) && !/[\s'"]/.test(before.slice(at));
}

function openQuote(before: string): string | undefined {
  let open: string | undefined;
  for (let at = 0; at < before.length; at += 1) {
    const character = before.charAt(at);
    if (character === '\\' && open !== "'") at += 1;
    else if (character === open) open = undefined;
    else if (open === undefined && (character === '"' || character === "'")) open = character;
  }
  return open;
}

/** Whether each format reads the text in this place as it is: ini, dotenv, properties, YAML, JSON and shell. */
export const fitsPlace = (text: string, place: LinePlace): boolean => FITTING[place].test(text);

/** Between double quotes, a shell and a dotenv file expand `$` and a backtick. */
const FITTING: Readonly<Record<LinePlace, RegExp>> = {
  'whole-line': /^/,
  url: /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/,
  'single-quoted': /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029'\\]*$/,
  'double-quoted': /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029"\\$`]*$/,
  unquoted: /^(?:[A-Za-z0-9._~+/-][A-Za-z0-9._~+/=:,@%-]*)?$/,
};
