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
}

export type PartName = 'user' | 'password' | 'host' | 'port' | 'database';

/** `url`: `scheme://…`, `jdbc`: `jdbc:system://…`, `keyword`: `host=… password=…` (libpq), `ado`: `Server=…;Password=…;`. */
export type Form = 'url' | 'jdbc' | 'keyword' | 'ado';

export interface Connection {
  readonly form: Form;
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
  /** All hosts as one part, as written: `a:5432,b:5433` has host `a,b`; its ports are one part only where there is one host. */
  readonly host: Part | undefined;
  readonly port: Part | undefined;
  readonly database: Part | undefined;
  /** Query (or keyword) parameters in order, the ones above not repeated. */
  readonly params: ReadonlyMap<string, Part>;
}
