/**
 * A parsed connection string. Offsets are UTF-16 indices into its text, so a rewrite touches only the bytes of the
 * changed part.
 */
export interface Part {
  /** Decoded. */
  readonly value: string;
  /**
   * The position of the spelling: `[start, end)`. An empty part that has a position (`user:@host`) has `start === end`.
   */
  readonly start: number;
  readonly end: number;
  /**
   * False if a driver may read this spelling differently. Then a rewrite encodes it again, even if the value is
   * correct. Examples are a raw `@ / # ?`, a stray `%`, a raw space or control character, and a byte outside ASCII.
   */
  readonly portable: boolean;
  /**
   * Several positions of the string have different values, and drivers disagree about which counts. Then it is not
   * portable either.
   */
  readonly conflicts?: boolean;
}

export type PartName = 'user' | 'password' | 'host' | 'port' | 'database';

/**
 * - `url` is `scheme://…`
 * - `jdbc` is `jdbc:system://…`
 * - `keyword` is `host=… password=…` (libpq)
 * - `ado` is `Server=…;Password=…;`
 * - `go` is `user:password@tcp(host:3306)/name`, of Go's driver for MySQL
 */
type ConnectionForm = 'url' | 'jdbc' | 'keyword' | 'ado' | 'go';

export interface ConnectionString {
  readonly form: ConnectionForm;
  /** The text before `://`: `postgresql+asyncpg`, `jdbc:postgresql`. Empty for keyword and ADO; `pgsql` for PDO. */
  readonly scheme: string;
  /**
   * The kind of server, whatever the spelling of the scheme or driver. `postgres` stands for postgres, postgresql,
   * postgresql+asyncpg, jdbc:postgresql and the keyword form. Others are `mysql`, `mongodb`, `redis` and `sqlserver`.
   * An unknown scheme stays, in lower case and without `+driver`.
   */
  readonly system: string;
  /** No part of the text names the system: it is the likely one. */
  readonly isSystemGuessed?: boolean;
  readonly user: Part | undefined;
  /** From userinfo, or from `?password=` if userinfo has none. */
  readonly password: Part | undefined;
  /** All hosts as one part, as libpq reads them: `a:5432,b:5433` has host `a,b` and port `5432,5433`. */
  readonly host: Part | undefined;
  /** One number if every host has the same one: `a:5432,b:5432` has port `5432`. */
  readonly port: Part | undefined;
  readonly database: Part | undefined;
  /** The other query or keyword parameters, in order. */
  readonly params: ReadonlyMap<string, Part>;
  /** The position of everything, for a rewrite. */
  readonly layout: Layout;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** `user:password@hosts`, and the path after it. `jdbc:postgresql:db` has only the path. */
export interface UrlAuthority {
  /** From after `//` to before the path. Empty in `postgresql:///db`. */
  readonly span: Span;
  readonly user: Span | undefined;
  /** Undefined if no `:` follows the user. */
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
 * The quoting of a value in a pair. A query uses `percent`. ODBC and JDBC for SQL Server use `braces`, and JDBC for H2
 * has no quotes (`bare`).
 */
export type Quoting = 'percent' | 'libpq' | 'ado' | 'braces' | 'bare';

export interface Layout {
  readonly authority: UrlAuthority | undefined;
  /** The database in the path, from after its `/`. Undefined if there is no `/`. */
  readonly path: Span | undefined;
  /** In the order of the text. One name can occur twice. */
  readonly pairs: readonly ParameterPair[];
  readonly quoting: Quoting;
  /** The position for one more pair, the text before it, and the text before a second one. */
  readonly more: { readonly at: number; readonly before: string; readonly between: string };
}
