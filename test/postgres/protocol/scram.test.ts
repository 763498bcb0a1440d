import { readFile } from 'node:fs/promises';
import pg from 'pg';
import t from 'tap';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { tryLogin } from '../../../src/postgres/protocol/login.ts';
import { matchesVerifier, scramVerifier } from '../../../src/postgres/protocol/scram.ts';
import { libpqLogIn, withLibpqVerifier } from '../../helpers/postgres/libpq.ts';
import { fc } from '../../helpers/property.ts';
import { aPostgres, type Postgres } from '../../testbed/postgres/postgres.ts';
import { majorsHere } from '../../testbed/postgres/server.ts';

const VECTORS = new URL('../../data/url-vectors.json', import.meta.url);

/** SASLprep prepares each of them in a different way. */
const UNUSUAL = [
  'ASCII \u0007 and a bell',
  'sixteen\u00a0and\u3000spaces',
  'soft\u00adhyphen',
  '\u00ad',
  'ﬁ ligature',
  '①②③',
  'e\u0301 in two pieces',
  'é and a tab\t',
  '❤\ufe0f',
  '👩\u200d💻',
  '🄰🄱',
  '\u0340',
  'אב',
  'אa',
  'א™ב',
  'ﷺ',
  'א1',
  '\ufe76אב\ufe76',
  'ℵaℶ',
  '\ue000 private use',
  'ⱼ',
  '㋿',
  'ａｂｃ',
  'Å',
] as const;

const keywords = ({ host, port }: Postgres, user: string, password: string): string => {
  const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;
  return `host=${host} port=${port} dbname=postgres user=${user} password=${quoted(password)} connect_timeout=10`;
};

async function setVerifier(server: Postgres, verifier: string): Promise<void> {
  await server.sql(`ALTER ROLE app PASSWORD ${pg.escapeLiteral(verifier)}`);
}

async function loginOf({ host, port }: Postgres, password: Sensitive): Promise<string> {
  const target = { host, port, database: 'postgres', tls: { mode: 'disable' as const } };
  return (await tryLogin(target, { role: 'app', password }, { timeout: 10_000 })).kind;
}

for (const version of majorsHere()) {
  t.test(`PostgreSQL ${version}: accepts a verifier of lockstep from libpq and lockstep`, async (t) => {
    const server = await aPostgres(t, { version });
    await server.sql('CREATE ROLE app LOGIN');
    const vectors = JSON.parse(await readFile(VECTORS, 'utf8')) as readonly { readonly password: string }[];
    for (const password of [...vectors.map((vector) => vector.password), ...UNUSUAL]) {
      if (password === '') continue;
      await setVerifier(server, await scramVerifier(Sensitive.fromText(password)));
      t.equal(libpqLogIn(keywords(server, 'app', password)), undefined, JSON.stringify(password));
      t.equal(await loginOf(server, Sensitive.fromText(password)), 'ok', JSON.stringify(password));
    }
    t.match(libpqLogIn(keywords(server, 'app', 'another')), /password authentication failed/);
  });

  t.test(`PostgreSQL ${version}: proves a password that the server hashed itself`, async (t) => {
    const server = await aPostgres(t, { version });
    await server.sql('CREATE ROLE app LOGIN');
    for (const password of UNUSUAL) {
      await server.sql(`ALTER ROLE app PASSWORD ${pg.escapeLiteral(password)}`);
      t.equal(await loginOf(server, Sensitive.fromText(password)), 'ok', JSON.stringify(password));
      const [row] = await server.sql(`SELECT rolpassword FROM pg_authid WHERE rolname = 'app'`);
      t.equal(await matchesVerifier(Sensitive.fromText(password), String(row?.rolpassword), 'app'), true);
      t.equal(
        await matchesVerifier(Sensitive.fromText(`${password}x`), String(row?.rolpassword), 'app'),
        false,
      );
    }
  });
}

/** Code points of every kind that SASLprep knows. Zero ends a string in C. */
const character = fc.oneof(
  fc.integer({ min: 0x20, max: 0x7e }),
  fc.integer({ min: 1, max: 0x5ff }),
  fc.integer({ min: 0x5be, max: 0x7b1 }),
  fc.integer({ min: 0x2000, max: 0x32ff }),
  fc.integer({ min: 0xf900, max: 0xffff }),
  fc.integer({ min: 0x10300, max: 0x10ffff }),
);
const password = fc
  .array(
    character.filter((code) => code < 0xd800 || code > 0xdfff),
    { minLength: 1, maxLength: 6 },
  )
  .map((codes) => String.fromCodePoint(...codes));

/** One round, because the test is about the preparation. */
const ONE_ROUND = { settings: { scram_iterations: '1' } };

t.test('matches any text with the verifier that libpq makes of it', async (t) => {
  const server = await aPostgres(t, ONE_ROUND);
  const connection = keywords(server, 'postgres', server.superuser.password);
  await withLibpqVerifier(connection, (verifierOf) =>
    fc.assert(
      fc.asyncProperty(password, async (text) => fits(text, verifierOf('app', text))),
      { numRuns: 5000 },
    ),
  );
});

t.test('prepares every special character of SASLprep as libpq does', async (t) => {
  const server = await aPostgres(t, ONE_ROUND);
  const connection = keywords(server, 'postgres', server.superuser.password);
  const wrong = await withLibpqVerifier(connection, async (verifierOf) => {
    const wrong: string[] = [];
    for (const code of codes()) {
      const character = String.fromCodePoint(code);
      // A ligature shows whether the text was normalised. A letter of the other direction shows whether the direction
      // was checked.
      for (const text of [`ﬁ${character}`, `א${character}א`, `${character}א`]) {
        if (!(await fits(text, verifierOf('app', text)))) wrong.push(code.toString(16));
      }
    }
    return wrong;
  });
  t.same(wrong, []);
});

const fits = (text: string, verifier: string) => matchesVerifier(Sensitive.fromText(text), verifier, 'app');

function* codes(): Generator<number> {
  for (const [first, last] of RANGES) for (let code = first; code <= last; code += 1) yield code;
}

/** Ranges with scripts of both directions, compatibility forms, and characters that Unicode 3.2 did not have. */
const RANGES = [
  [0x80, 0x33ff],
  [0xa640, 0xabff],
  [0xf900, 0xffff],
  [0x1d400, 0x1d7ff],
  [0x1f100, 0x1f2ff],
] as const;

t.test('writes the requested number of rounds into the verifier', async (t) => {
  const password = Sensitive.fromText('of the app');
  const verifier = await scramVerifier(password, { iterations: 10_000 });
  t.match(verifier, /^SCRAM-SHA-256\$10000:/);
  t.equal(await matchesVerifier(password, verifier, 'app'), true);
});

t.test('uses each salt once', async (t) => {
  const password = Sensitive.fromText('of the app');
  t.not(await scramVerifier(password), await scramVerifier(password));
});

t.test('matches an MD5 verifier by password and role', async (t) => {
  const server = await aPostgres(t, { settings: { password_encryption: 'md5' } });
  await server.sql(`CREATE ROLE app PASSWORD 'of the app'`);
  const [row] = await server.sql(`SELECT rolpassword FROM pg_authid WHERE rolname = 'app'`);
  const verifier = String(row?.rolpassword);
  t.equal(await matchesVerifier(Sensitive.fromText('of the app'), verifier, 'app'), true);
  t.equal(await matchesVerifier(Sensitive.fromText('of the app'), verifier, 'other'), false);
  t.equal(await matchesVerifier(Sensitive.fromText('wrong'), verifier, 'app'), false);
});

t.test('returns no match result for a malformed verifier', async (t) => {
  for (const verifier of ['', 'plain', 'SCRAM-SHA-512$4096:c2FsdA==$a:b', 'md5short'])
    t.equal(await matchesVerifier(Sensitive.fromText('of the app'), verifier, 'app'), undefined);
});
