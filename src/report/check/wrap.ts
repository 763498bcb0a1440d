/** The width of a terminal that every reader has. */
const MAX_COLUMNS = 80;

/**
 * The lines of a text, after `first` on the first line and as many blanks on the others. A line breaks between words
 * only, so a longer word keeps its line. A command is one word: a person copies it. So is the name of a policy.
 */
export function wrap(first: string, text: string, width = first.length): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of wordsOf(text)) {
    if (line !== '' && width + line.length + 1 + word.length > MAX_COLUMNS) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  const indent = ' '.repeat(width);
  return [...lines, line].map((each, index) => `${index === 0 ? first : indent}${each}`);
}

const wordsOf = (text: string): readonly string[] => text.match(COMMAND_OR_WORD) ?? [];

const COMMAND_OR_WORD =
  /(?:lockstep (?:generate|render|check)|openssl rand|kubectl kustomize|helm template)(?: (?:'[^']*'|\\'|[^\s;,'])+)+|printf %s VALUE \| base64 -w0|\(policy [^ ]+\)|[^ ]+/g;
