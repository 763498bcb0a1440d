import { parse as parseAdo } from '@tediousjs/connection-string';
import { parse as parseUrl } from 'pg-connection-string';
import { libpqParse } from './libpq.ts';

/** The parts of a connection string, as a driver reads them. Empty is absent. */
export interface Login {
  readonly user: string;
  readonly password: string;
  readonly host: string;
  readonly port: string;
  readonly database: string;
}

/** How the drivers that know the form of the text read it. Empty if none can. */
export function readLogins(text: string): readonly Login[] {
  if (/^jdbc:/i.test(text)) return attempted(byJdbc, text);
  if (isUrl(text)) return [...attempted(byLibpq, text), ...attempted(byNodePostgres, text)];
  return [...attempted(byNpgsql, text), ...attempted(byLibpq, text)].slice(0, 1);
}

function attempted(read: (text: string) => Login | undefined, text: string): readonly Login[] {
  try {
    const login = read(text);
    return login === undefined ? [] : [login];
  } catch {
    return [];
  }
}

/** Frameworks take `postgresql+asyncpg://` and `pg://`, and give their driver the parts. */
const SCHEME = /^(?:postgres(?:ql)?(?:\+\w+)?|pg|pq|pgsql|psql|postgis|timescale|ecto):\/\//;

const isUrl = (text: string): boolean => SCHEME.test(text);

/** Other drivers take parameters that libpq refuses, such as `schema` and `search_path`. They are left out. */
function byLibpq(text: string): Login {
  try {
    const options = libpqParse(text.replace(SCHEME, 'postgresql://'));
    return loginOf((name) => options.get(name === 'database' ? 'dbname' : name));
  } catch (error) {
    const [, name = ''] =
      /invalid (?:URI query parameter:|connection option) "([^"]+)"/.exec((error as Error).message) ?? [];
    const shorter = withoutParameter(text, name);
    if (shorter === text) throw error;
    return byLibpq(shorter);
  }
}

function withoutParameter(text: string, name: string): string {
  if (name === '') return text;
  if (!isUrl(text))
    return /^\w+$/.test(name) ? text.replace(new RegExp(`(^| )${name} *= *(?:'[^']*'|[^ ]*)`), '') : text;
  const [head = '', query = ''] = text.split('?', 2);
  const pairs = query.split('&').filter((pair) => decodeURIComponent(pair.split('=')[0] ?? '') !== name);
  return `${head}?${pairs.join('&')}`;
}

/**
 * Its parameters for certificates name files, which it reads at once. It knows no list of hosts and no parameter
 * `dbname`, and takes a socket directory before `?host=` for a part of the path.
 */
function byNodePostgres(text: string): Login | undefined {
  if (/[?&]dbname=|@%2F.*[?&]host=|^[^/]*\/\/[^/?]*,/.test(text)) return undefined;
  const config = parseUrl(text.replaceAll(/ssl(?:root)?\w+=[^&]*/g, ''));
  return loginOf((name) => config[name]);
}

/** As the driver of JDBC reads it: the parameters of the query count before the other parts. */
function byJdbc(text: string): Login | undefined {
  const read = /^jdbc:postgresql:(?:\/\/([^/?]*)\/?)?([^?]*)(?:\?(.*))?$/.exec(text);
  const [, list = '', path = '', query] = read ?? [];
  const items = list.split(',').map((item) => /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(item));
  if (read === null || items.includes(null)) return undefined;
  const params = new URLSearchParams(query);
  const joined = (group: 1 | 2): string => items.map((item) => item?.[group] ?? '').join(',');
  const ports = joined(2);
  const located: Partial<Login> = {
    host: joined(1),
    port: /^,*$/.test(ports) ? '' : ports,
    database: decodeURIComponent(path),
  };
  return loginOf((name) => params.get(name === 'database' ? 'dbname' : name) ?? located[name]);
}

const NPGSQL: Readonly<Record<keyof Login, readonly string[]>> = {
  user: ['username', 'user id'],
  password: ['password'],
  host: ['host', 'server'],
  port: ['port'],
  database: ['database'],
};

/** ADO.NET, with the names of Npgsql. It demands a host. */
function byNpgsql(text: string): Login | undefined {
  if (!text.includes(';')) return undefined;
  const values = new Map<string, string>(
    [...parseAdo(text)].map(([name, value]: [string, string]) => [name.toLowerCase(), value]),
  );
  const login = loginOf((name) =>
    NPGSQL[name].map((one) => values.get(one)).find((one) => one !== undefined),
  );
  return login.host === '' ? undefined : login;
}

const loginOf = (read: (name: keyof Login) => string | null | undefined): Login => ({
  user: read('user') ?? '',
  password: read('password') ?? '',
  host: read('host') ?? '',
  port: read('port') ?? '',
  database: read('database') ?? '',
});
