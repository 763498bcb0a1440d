import type { ObjectFields, PlacedText } from '../../engine/workloads/references/object-fields.ts';

/** The fields of a map in an answer of the API server. Another user may have written any form. */
export const jsonFields = (map: object): ObjectFields => ({
  keys: () => Object.keys(map),
  text: (key) => {
    const value = valueAt(map, key);
    return typeof value === 'string' ? value : undefined;
  },
  isTrue: (key) => valueAt(map, key) === true,
  map: (key) => {
    const value = valueAt(map, key);
    return isMap(value) ? jsonFields(value) : undefined;
  },
  maps: (key) => itemsAt(map, key).filter(isMap).map(jsonFields),
  texts: (key) =>
    itemsAt(map, key).flatMap((text): PlacedText[] =>
      typeof text === 'string' ? [{ text, offset: 0 }] : [],
    ),
  offset: () => 0,
});

const valueAt = (map: object, key: string): unknown =>
  Object.hasOwn(map, key) ? (map as Readonly<Record<string, unknown>>)[key] : undefined;

function itemsAt(map: object, key: string): readonly unknown[] {
  const value = valueAt(map, key);
  return Array.isArray(value) ? value : [];
}

const isMap = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
