import { readFileSync } from 'node:fs';
import { parse } from 'pg-connection-string';
import t from 'tap';
import { buildUrl, isPortableDatabase } from '../../../../src/engine/value/uri/encode.ts';
import { readConnection } from '../../../../src/engine/value/uri/read.ts';
import { rewriteConnection } from '../../../../src/engine/value/uri/rewrite/rewrite.ts';
import { libpqParse } from '../../../helpers/postgres/libpq.ts';

interface Vector {
  readonly id: string;
  readonly user: string;
  readonly password: string;
  readonly host: string;
  readonly port: string;
  readonly db: string;
  readonly url: string;
  readonly jdbc: string;
  /** The drivers that read the raw spelling differently. */
  readonly naiveBreaks: readonly string[];
}

const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../../../data/url-vectors.json', import.meta.url), 'utf8'),
);
const passwords = vectors.filter(({ id }) => id.startsWith('P'));
const portable = vectors.filter(({ id }) => /^(?:[PU]\d\d|D01|D10|H0[1-5])$/.test(id));
const unportable = vectors.filter(({ id }) => /^D0[2-9]$/.test(id));

t.test('builds every portable vector exactly as 14 drivers need it', async (t) => {
  t.equal(portable.length, 57);
  for (const vector of portable) {
    const { user, password, host, port, db: database, url, id } = vector;
    t.equal(buildUrl({ scheme: 'postgresql', user, password, host, port, database }), url, id);
  }
});

t.test('lockstep, libpq and node-postgres read every portable vector alike', async (t) => {
  for (const vector of portable) {
    const meant = partsOf(vector);
    t.same(byLockstep(vector.url), meant, `${vector.id} by lockstep`);
    t.same(byLibpq(vector.url), meant, `${vector.id} by libpq`);
    t.same(byNodePostgres(vector.url), meant, `${vector.id} by node-postgres`);
  }
});

t.test('reports a portable spelling as portable', async (t) => {
  for (const { id, url } of portable) {
    const { user, password, host, port, database } = readConnection(url) ?? {};
    for (const part of [user, password, host, port, database]) t.equal(part?.portable, true, id);
  }
});

t.test('reads socket directories, zone IDs and underscores as libpq does', async (t) => {
  for (const vector of vectors.filter(({ id }) => /^H0[6-8]$/.test(id))) {
    const { user, password, host, port, db: database, url, id } = vector;
    t.equal(buildUrl({ scheme: 'postgresql', user, password, host, port, database }), url, id);
    t.same(byLockstep(url), byLibpq(url), id);
  }
});

t.test('the JDBC spelling of every portable vector is read alike', async (t) => {
  for (const vector of portable) t.same(byLockstep(vector.jdbc), partsOf(vector), vector.id);
});

t.test('recognises a database name without a portable spelling', async (t) => {
  t.equal(unportable.length, 8);
  for (const { id, db } of unportable) t.equal(isPortableDatabase(db), false, id);
  for (const { id, db } of portable) t.equal(isPortableDatabase(db), true, id);
});

t.test('recognises a raw password by the hint, and encodes it', async (t) => {
  for (const vector of passwords) {
    const raw = rawUrl(vector);
    const connection = readConnection(raw, { password: vector.password });
    if (connection === undefined) {
      t.fail(`${vector.id} was not read`);
      continue;
    }
    t.equal(connection.password?.value, vector.password, vector.id);
    t.equal(connection.password?.portable, vector.naiveBreaks.length === 0, `${vector.id} portable`);
    t.equal(
      rewriteConnection(raw, connection, { password: vector.password }),
      vector.url,
      `${vector.id} respelled`,
    );
  }
});

t.test('recognises a raw user next to the known password, and encodes both', async (t) => {
  for (const vector of vectors.filter(({ id }) => id.startsWith('U'))) {
    const raw = rawUrl(vector);
    const { user, password } = vector;
    const connection = readConnection(raw, { password });
    if (connection === undefined) {
      t.fail(`${vector.id} was not read`);
      continue;
    }
    t.equal(connection.user?.value, user, vector.id);
    t.equal(connection.user?.portable, vector.naiveBreaks.length === 0, `${vector.id} portable`);
    t.equal(rewriteConnection(raw, connection, { user, password }), vector.url, `${vector.id} respelled`);
  }
});

t.test('reads a password with a single raw delimiter without a hint', async (t) => {
  for (const vector of passwords.filter(({ password }) => /^[\w@/?#:$!()*+,;=' "[\]-]+$/.test(password))) {
    t.same(byLockstep(rawUrl(vector)), partsOf(vector), vector.id);
  }
});

type Parts = readonly [user: string, password: string, host: string, port: string, database: string];

function partsOf({ user, password, host, port, db }: Vector): Parts {
  return [user, password, host, port, db];
}

function rawUrl({ user, password, host, port, db }: Vector): string {
  return `postgresql://${user}:${password}@${host}:${port}/${db}`;
}

function byLockstep(url: string): Parts {
  const { user, password, host, port, database } = readConnection(url) ?? {};
  return [
    user?.value ?? '',
    password?.value ?? '',
    host?.value ?? '',
    port?.value ?? '',
    database?.value ?? '',
  ];
}

function byLibpq(url: string): Parts {
  const options = libpqParse(url);
  const option = (keyword: string) => options.get(keyword) ?? '';
  return [option('user'), option('password'), option('host'), option('port'), option('dbname')];
}

function byNodePostgres(url: string): Parts {
  const { user, password, host, port, database } = parse(url);
  return [user ?? '', password ?? '', host ?? '', port ?? '', database ?? ''];
}
