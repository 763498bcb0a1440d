/** The type of a column, as PostgreSQL writes it as text. `?` permits NULL. */
type ColumnType = 'bool' | 'int' | 'float' | 'id' | 'text' | 'texts';

/** The columns of an answer, in their order. */
export type Columns = Readonly<Record<string, ColumnType | `${ColumnType}?`>>;

/** The columns of a statement that returns no rows. */
export const NO_COLUMNS = {} as const satisfies Columns;

interface ValueByType {
  readonly bool: boolean;
  readonly int: number;
  readonly float: number;
  /** An oid, or another whole number that may be greater than 2^53. */
  readonly id: string;
  readonly text: string;
  /** A JSON array of strings. */
  readonly texts: readonly string[];
}

type ValueOf<Type> = Type extends `${infer Base extends ColumnType}?`
  ? ValueByType[Base] | null
  : Type extends ColumnType
    ? ValueByType[Type]
    : never;

export type RowOf<Shape extends Columns> = { readonly [Name in keyof Shape]: ValueOf<Shape[Name]> };

/** A value of another form than the statement asked for. */
export class UnexpectedValue extends Error {
  override readonly name = 'UnexpectedValue';
}

/** The row with its values. @throws UnexpectedValue */
export function rowOf<Shape extends Columns>(
  columns: Shape,
  texts: readonly (string | null)[],
): RowOf<Shape> {
  const values = Object.entries(columns).map(([name, type], at) => [
    name,
    parseValue(type, texts[at] ?? null),
  ]);
  return Object.fromEntries(values) as RowOf<Shape>;
}

function parseValue(type: Columns[string], text: string | null): unknown {
  if (text === null && type.endsWith('?')) return null;
  const value = text === null ? undefined : PARSERS[baseOf(type)].parse(text);
  if (value === undefined) throw new UnexpectedValue();
  return value;
}

const baseOf = (type: Columns[string]): ColumnType => type.replace('?', '') as ColumnType;

interface ColumnParser {
  readonly maxBytes: number;
  /** Undefined for a text of another form. */
  readonly parse: (text: string) => unknown;
}

const PARSERS: Readonly<Record<ColumnType, ColumnParser>> = {
  bool: { maxBytes: 1, parse: (text) => (text === 't' ? true : text === 'f' ? false : undefined) },
  int: { maxBytes: 11, parse: (text) => (/^-?[0-9]+$/.test(text) ? Number(text) : undefined) },
  id: { maxBytes: 20, parse: (text) => (/^-?[0-9]+$/.test(text) ? text : undefined) },
  float: {
    maxBytes: 32,
    parse: (text) =>
      /^-?[0-9][0-9.e+-]*$/.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined,
  },
  text: { maxBytes: Number.POSITIVE_INFINITY, parse: (text) => text },
  texts: { maxBytes: Number.POSITIVE_INFINITY, parse: parseTexts },
};

function parseTexts(text: string): readonly string[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) && parsed.every((one) => typeof one === 'string') ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** The size of the longest row: the count of its values, then the length and the bytes of each. */
export const maxRowBytes = (columns: Columns): number =>
  Object.values(columns).reduce((sum, type) => sum + 4 + PARSERS[baseOf(type)].maxBytes, 2);
