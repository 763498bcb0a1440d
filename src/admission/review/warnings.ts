/**
 * Limits of the API server (apiserver/pkg/endpoints/handlers/warnings). Above 4096 characters in one request it cuts
 * each warning at 256.
 */
const MAX_WARNING_LENGTH = 256;
const MAX_TOTAL_LENGTH = 4096;
/** Reserved for the line with the number of omitted warnings. */
const LAST_LINE_RESERVE = 64;

/** One short line for each item, because the API server drops a warning that holds a newline. */
export function warningLines<Item>(
  items: readonly Item[],
  toSentence: (item: Item) => string = String,
  suffixOf: (item: Item) => string = () => '',
): readonly string[] {
  const lines: string[] = [];
  let total = 0;
  for (const one of items) {
    const line = oneLine(toSentence(one), suffixOf(one));
    if (total + line.length > MAX_TOTAL_LENGTH - LAST_LINE_RESERVE) {
      lines.push(`lockstep: … and ${items.length - lines.length} more`);
      break;
    }
    lines.push(line);
    total += line.length;
  }
  return lines;
}

const BREAKS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** A mutating review may carry any key name: the API server checks names afterwards. `suffix` is never cut. */
export function oneLine(sentence: string, suffix = ''): string {
  const line = sentence.replace(BREAKS, ' ');
  const room = MAX_WARNING_LENGTH - suffix.length;
  if (line.length <= room) return `${line}${suffix}`;
  return `${line.slice(0, room - 1).toWellFormed()}…${suffix}`;
}
