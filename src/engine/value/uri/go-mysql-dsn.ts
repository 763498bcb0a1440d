import { assemble } from './assemble.ts';
import type { ConnectionString, Part } from './connection.ts';
import { joinHosts, joinPorts, readHosts } from './hosts.ts';
import { percentPart } from './part.ts';
import { readQuery } from './query.ts';
import { DATABASE } from './raw-characters.ts';

/**
 * `user:password@tcp(host:3306)/name?parameters`, as go-sql-driver/mysql reads it. The last `/` begins the database.
 * The last `@` before it ends the login, and the first `:` ends the user. The login has no escapes.
 */
export function readGoMysqlDsn(text: string): ConnectionString | undefined {
  if (URL_SCHEME.test(text)) return undefined;
  const slash = text.lastIndexOf('/');
  const at = text.lastIndexOf('@', slash);
  const [network] = ADDRESS.exec(text.slice(at + 1, slash)) ?? [];
  if (slash < 0 || at < 0 || network === undefined) return undefined;
  const colon = text.indexOf(':');
  const hasPassword = colon >= 0 && colon < at;
  const question = text.indexOf('?', slash);
  const end = question === -1 ? text.length : question;
  const hosts = { start: at + 1 + network.length, end: slash - 1 };
  const user = { start: 0, end: hasPassword ? colon : at };
  const password = hasPassword ? { start: colon + 1, end: at } : undefined;
  const items = network.startsWith('unix') ? [] : readHosts(text, hosts);
  if (items === undefined) return undefined;
  return assemble(
    { form: 'go', scheme: '', system: 'mysql' },
    {
      authority: { span: { start: 0, end: slash }, user, password, hosts },
      path: { start: slash + 1, end },
      pairs:
        question === -1
          ? []
          : readQuery(
              text,
              { start: question + 1, end: text.length },
              { roleOf: () => undefined, hint: '', form: true },
            ),
      quoting: 'percent',
      more: { at: text.length, before: question === -1 ? '?' : '&', between: '&' },
    },
    {
      user: rawPart(text, user),
      password: password && rawPart(text, password),
      host: items.length > 0 ? joinHosts(items, hosts) : undefined,
      port: joinPorts(items),
      database: percentPart(text, slash + 1, end, DATABASE),
    },
  );
}

/** The default network is `tcp`: `user:password@(host:3306)/name`. */
const ADDRESS = /^(?:(?:tcp6?|unix)\((?=[^()]*\)$)|\((?=[\w.-]+:\d{1,5}\)$))/;
const URL_SCHEME = /^[a-z][a-z0-9+.-]{0,31}:\/\//i;

const rawPart = (text: string, { start, end }: { readonly start: number; readonly end: number }): Part => ({
  value: text.slice(start, end),
  start,
  end,
  portable: true,
});
