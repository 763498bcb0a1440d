import { PLAIN_SCHEMES, systemOf } from '../systems/scheme.ts';
import { type System, systemNamed } from '../systems/systems.ts';

/** The scheme of a text, with its reading rules. */
export interface Dialect extends SchemeRules {
  readonly scheme: string;
  /** After `scheme:` or `scheme://`. */
  readonly start: number;
}

interface SchemeRules {
  readonly form: 'url' | 'jdbc';
  readonly system: string;
  readonly kind: System['kind'];
  readonly hierarchical: boolean;
  /** libpq has no fragment: a `#` belongs to the database or to the last value. */
  readonly fragment: boolean;
  /** The path is the database. That of `sqlserver://` is an instance. */
  readonly hasDatabasePath: boolean;
  /** `;name=value` after the hosts, and the quotes of such a value. */
  readonly properties: boolean;
  readonly propertyQuoting: System['quoting'];
}

const LONGEST_SCHEME = 64;
const HIERARCHICAL = /^[a-z][a-z0-9+.-]*(?::[a-z][a-z0-9+.-]*)*$/i;
/** The schemes that need no `//`. Any other `word:` is prose. */
const OPAQUE = /^(?:jdbc:[a-z][\w.+-]{0,31}|sqlite3?|file)(?=:[^:])/i;

/** Undefined if no scheme begins the text. */
export function readScheme(text: string): Dialect | undefined {
  const slashes = text.indexOf('://');
  if (slashes > 0 && slashes <= LONGEST_SCHEME) {
    const scheme = text.slice(0, slashes);
    const start = slashes + '://'.length;
    const plain = PLAIN_RULES.get(scheme);
    if (plain !== undefined) return { ...plain, scheme, start };
    if (HIERARCHICAL.test(scheme)) return { ...rulesOf(scheme, true), scheme, start };
  }
  const [scheme] = OPAQUE.exec(text) ?? [];
  return scheme === undefined ? undefined : { ...rulesOf(scheme, false), scheme, start: scheme.length + 1 };
}

/** Those of `scheme://`, for each scheme without a driver. */
const PLAIN_RULES: ReadonlyMap<string, SchemeRules> = new Map(
  Array.from(PLAIN_SCHEMES, (scheme) => [scheme, rulesOf(scheme, true)]),
);

function rulesOf(scheme: string, slashes: boolean): SchemeRules {
  const system = systemOf(scheme);
  const { kind, fragment, properties, quoting } = systemNamed(system);
  const jdbc = /^jdbc:/i.test(scheme);
  return {
    form: jdbc ? 'jdbc' : 'url',
    system,
    kind: jdbc && kind === 'web' ? 'server' : kind,
    hierarchical: slashes && kind !== 'file',
    fragment,
    hasDatabasePath: (jdbc ? kind !== 'file' : kind === 'server') && !/^(?:jdbc:)?sqlserver$/i.test(scheme),
    properties: properties === 'always' || (properties === 'jdbc' && jdbc),
    propertyQuoting: quoting,
  };
}

/** `user:password@tcp(host:3306)/name`, as go-sql-driver/mysql reads it. */
const GO_MYSQL = /^[^/\n]{0,512}@(?:(?:tcp6?|udp|unix)\([^)]*|\([\w.-]+:\d{1,5})\)\//;

/**
 * The server that a text names, although it is no readable URL: `jdbc:oracle:thin:@//db:1521/x`, a DSN of Go's MySQL
 * driver.
 */
export function namedSystem(text: string): string | undefined {
  if (GO_MYSQL.test(text)) return 'mysql';
  const dialect = readScheme(text);
  return dialect?.kind === 'server' ? dialect.system : undefined;
}
