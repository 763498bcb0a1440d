import { Document, isMap, isScalar } from 'yaml';

export interface FieldComment {
  /** The field that the comment precedes. Empty for the whole document. */
  readonly path: readonly string[];
  /** Printable text. */
  readonly lines: readonly string[];
}

/** An object as YAML, with comments before some of its fields. */
export function commentedYaml(object: object, comments: readonly FieldComment[]): string {
  const document = new Document(object, { aliasDuplicateObjects: false });
  for (const { path, lines } of comments) {
    const key = path.length === 0 ? firstKey(document.contents) : keyAt(document.contents, path);
    if (key !== undefined) key.commentBefore = lines.map((line) => ` ${line}`).join('\n');
  }
  return document.toString({ lineWidth: 0 });
}

interface Key {
  commentBefore?: string | null | undefined;
}

const firstKey = (map: unknown): Key | undefined => {
  const key = isMap(map) ? map.items[0]?.key : undefined;
  return isScalar(key) ? key : undefined;
};

function keyAt(map: unknown, [name, ...rest]: readonly string[]): Key | undefined {
  if (!isMap(map) || name === undefined) return undefined;
  if (rest.length > 0) return keyAt(map.get(name, true), rest);
  const key = map.items.find((pair) => isScalar(pair.key) && pair.key.value === name)?.key;
  return isScalar(key) ? key : undefined;
}
