import { readScheme } from './dialect.ts';

/** `user:password@tcp(host:3306)/name`, as go-sql-driver/mysql reads it. */
const GO_MYSQL = /^[^/\n]{0,512}@(?:tcp6?|udp|unix)\([^)]*\)\//;

/**
 * The server that a text names, although it is no readable URL: `jdbc:oracle:thin:@//db:1521/x`, a DSN of Go's MySQL
 * driver.
 */
export function namedSystem(text: string): string | undefined {
  if (GO_MYSQL.test(text)) return 'mysql';
  const dialect = readScheme(text);
  return dialect?.kind === 'server' ? dialect.system : undefined;
}
