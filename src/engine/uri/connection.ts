/**
 * A connection string, read. Offsets are UTF-16 indices into the text that was read, so that a rewrite touches only the bytes of the part it
 * must change.
 */
export interface Part {
  /** Decoded. */
  readonly value: string;
  /** Where the spelling stands: `[start, end)`. An empty part that has its place (`user:@host`) has `start === end`. */
  readonly start: number;
  readonly end: number;
  /**
   * False where a driver may read this spelling differently, so that it must be respelled even if the value is right: a raw `@ / # ?`, a
   * stray `%`, a raw space or control character, a byte outside ASCII.
   */
  readonly portable: boolean;
  /** Several places of the string say different values, and drivers go by different ones. Then it is not portable either. */
  readonly conflicts?: boolean;
}

export type PartName = 'user' | 'password' | 'host' | 'port' | 'database';

/** `url`: `scheme://…`, `jdbc`: `jdbc:system://…`, `keyword`: `host=… password=…` (libpq), `ado`: `Server=…;Password=…;`. */
type ConnectionForm = 'url' | 'jdbc' | 'keyword' | 'ado';

export interface ConnectionString {
  readonly form: ConnectionForm;
  /** As written, without `://`: `postgresql+asyncpg`, `jdbc:postgresql`. Empty for keyword and ADO form. */
  readonly scheme: string;
  /**
   * What it connects to, whatever the spelling of the scheme or driver: `postgres` for postgres, postgresql, postgresql+asyncpg, jdbc:postgresql
   * and the keyword form; `mysql`, `mongodb`, `redis`, `sqlserver`, …; else the scheme in lower case without a `+driver`.
   */
  readonly system: string;
  readonly user: Part | undefined;
  /** From userinfo, or from `?password=` where only that has one. */
  readonly password: Part | undefined;
  /** All hosts as one part, as libpq reads them: `a:5432,b:5433` has host `a,b` and port `5432,5433`. */
  readonly host: Part | undefined;
  /** One number where every host has the same one: `a:5432,b:5432` has port `5432`. */
  readonly port: Part | undefined;
  readonly database: Part | undefined;
  /** Query (or keyword) parameters in order, the ones above not repeated. */
  readonly params: ReadonlyMap<string, Part>;
  /** Where everything stands, for whoever rewrites the string. */
  readonly layout: Layout;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** `user:password@hosts`, and the path after it. All absent in `jdbc:postgresql:db`, but for the path. */
export interface UrlAuthority {
  /** From after `//` to before the path. Empty in `postgresql:///db`. */
  readonly span: Span;
  readonly user: Span | undefined;
  /** Undefined where no `:` follows the user. */
  readonly password: Span | undefined;
  readonly hosts: Span;
}

/** One `name=value` of a query, a keyword string or an ADO string. */
export interface ParameterPair {
  /** Decoded. */
  readonly name: string;
  readonly role: PartName | undefined;
  readonly value: Part;
}

/**
 * How a value is written in a pair: `percent` for a query, libpq's quotes, ADO quotes, the braces of ODBC and of JDBC for SQL Server, or
 * with no quotes at all (JDBC for H2).
 */
export type Quoting = 'percent' | 'libpq' | 'ado' | 'braces' | 'bare';

export interface Layout {
  readonly authority: UrlAuthority | undefined;
  /** The database in the path, from after its `/`. Undefined where there is no `/`. */
  readonly path: Span | undefined;
  /** In the order of the text. One name can occur twice. */
  readonly pairs: readonly ParameterPair[];
  readonly quoting: Quoting;
  /** Where one more pair goes, what must stand before it, and what before a second one. */
  readonly more: { readonly at: number; readonly before: string; readonly between: string };
}
