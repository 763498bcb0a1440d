/** The fields of one map in a Kubernetes object, as a manifest or the API server holds it. */
export interface ObjectFields {
  readonly keys: () => Iterable<string>;
  /** The text of a field. Undefined if it is no text. */
  readonly text: (key: string) => string | undefined;
  /** Whether the field is the boolean `true`. */
  readonly isTrue: (key: string) => boolean;
  /** The map of a field. Undefined if it is no map. */
  readonly map: (key: string) => ObjectFields | undefined;
  /** The maps in the list of a field. Other items are left out. */
  readonly maps: (key: string) => Iterable<ObjectFields>;
  /** The texts in the list of a field. Other items are left out. */
  readonly texts: (key: string) => Iterable<PlacedText>;
  /** The offset of a field in its file. 0 for an object of the API server. */
  readonly offset: (key: string) => number;
}

export interface PlacedText {
  readonly text: string;
  readonly offset: number;
}

/** One object, independent of its form. */
export interface ReadObject {
  /** The group and the version: `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly fields: ObjectFields;
}

/** The map at the end of a path of fields. Undefined if there is none. */
export function mapAlong(fields: ObjectFields, path: readonly string[]): ObjectFields | undefined {
  let found: ObjectFields | undefined = fields;
  for (const step of path) found = found?.map(step);
  return found;
}

/** The text at the end of a path of fields. Undefined if there is none. */
export const textAlong = (fields: ObjectFields, ...path: readonly string[]): string | undefined =>
  mapAlong(fields, path.slice(0, -1))?.text(path.at(-1) ?? '');

/** The group of an object: empty for the core of Kubernetes. */
export const groupOf = (apiVersion: string): string =>
  apiVersion.slice(0, Math.max(apiVersion.indexOf('/'), 0));
