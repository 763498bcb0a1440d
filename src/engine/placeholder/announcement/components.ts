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
  for (const match of text.matchAll(/[^\s/:@?&=#,;|()[\]{}<>"']+/g)) {
    const [token] = match;
    const inPath = pathAt >= 0 && match.index > pathAt;
    if (token !== text) components.push({ text: token, inPath });
    if (token.includes('.')) {
      for (const label of token.split('.')) if (label !== '') components.push({ text: label, inPath });
    }
    if (components.length > MAX_COMPONENTS) return [];
  }
  return components;
}
