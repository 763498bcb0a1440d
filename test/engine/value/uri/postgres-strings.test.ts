import { readFileSync } from 'node:fs';
import t from 'tap';
import { aCreate, GOOD, reportedFindings, validated, writtenValues } from '../../../helpers/engine/engine.ts';
import { type Login, readLogins } from '../../../helpers/postgres/read-login.ts';

/**
 * Connection strings of the documentation and the tests of libpq and of the drivers, by source. Beside base keys each
 * one is kept because it agrees, left alone because it is another account or system, corrected, or reported. No driver
 * fails on one that lockstep let in without a finding.
 */
const SOURCES: Readonly<Record<string, readonly string[]>> = JSON.parse(
  readFileSync(new URL('../../../data/postgres-strings.json', import.meta.url), 'utf8'),
);
const STRINGS = Object.values(SOURCES).flat();

type Bases = Readonly<Record<string, string>>;

const LOGIN = { POSTGRES_PASSWORD: GOOD.password, POSTGRES_DB: 'orders' };
const HOST = { POSTGRES_HOST: 'pg-rw' };
const PORT = { POSTGRES_PORT: '5432' };

/** The user of the text, if it has one. */
const userOf = (text: string): string => readLogins(text).find(({ user }) => user !== '')?.user ?? 'shop';

const BASES: Readonly<Record<string, (text: string) => Bases>> = {
  'its own user and the host': (text) => ({ ...LOGIN, ...HOST, POSTGRES_USER: userOf(text) }),
  'its own user, the host and the port': (text) => ({
    ...LOGIN,
    ...HOST,
    ...PORT,
    POSTGRES_USER: userOf(text),
  }),
  'its own user': (text) => ({ ...LOGIN, POSTGRES_USER: userOf(text) }),
  'another user and the host': () => ({ ...LOGIN, ...HOST, POSTGRES_USER: 'billing' }),
  'another user': () => ({ ...LOGIN, POSTGRES_USER: 'billing' }),
  'no user': () => ({ ...LOGIN, ...HOST }),
};

/** The parts that may differ in a Secret of strangers. */
const FREE_FOR_STRANGERS: ReadonlySet<string> = new Set(['user', 'database', 'host', 'another port']);

const UNREADABLE = 'no driver reads it';

/** Redshift, the socket of node-postgres, the proxy of Prisma, and a scheme that the documentation leaves open. */
const OTHER_SYSTEM = /^(?:redshift|socket|prisma\+postgres|protocol):\/\//;

t.test('there are at least 280 strings, each once', async (t) => {
  t.ok(STRINGS.length >= 280, String(STRINGS.length));
  t.equal(new Set(STRINGS).size, STRINGS.length);
});

/** `reconciliation` binds all parts. The policy for any other Secret binds the password. */
const NAMES = ['reconciliation-secrets', 'orders-db'] as const;
type Name = (typeof NAMES)[number];

for (const name of NAMES)
  for (const [what, basesFor] of Object.entries(BASES))
    t.test(`${name}, beside ${what}`, async (t) => {
      const isIgnored = (fault: string, text: string): boolean =>
        name === 'orders-db' &&
        (FREE_FOR_STRANGERS.has(fault) || (fault === UNREADABLE && readLogins(text).length === 0));
      const faults = (result: string, text: string, bases: Bases): readonly string[] =>
        faultsOf(result, text, bases).filter((fault) => !isIgnored(fault, text));
      const counts = { corrected: 0, reported: 0, otherAccount: 0, otherSystem: 0, agreeing: 0 };
      for (const text of STRINGS) {
        const bases = basesFor(text);
        const { written, findings } = decided(bases, text, name);
        if (written !== undefined) {
          counts.corrected += 1;
          t.same(faults(written, text, bases), [], `${text} became ${written}`);
          const again = decided(bases, written, name);
          t.equal(again.written, undefined, `${written} changes again`);
          t.same(again.findings, findings, `${written} has other findings`);
        } else if (findings.length > 0) counts.reported += 1;
        else if (OTHER_SYSTEM.test(text)) counts.otherSystem += 1;
        else if (name === 'orders-db' && isOtherAccount(text, bases)) counts.otherAccount += 1;
        else {
          counts.agreeing += 1;
          t.same(faults(text, text, bases), [], `${text} was kept`);
        }
      }
      t.comment(JSON.stringify(counts));
    });

t.test('a string with the right login is kept byte for byte', async (t) => {
  let kept = 0;
  for (const text of STRINGS) {
    const [login, other] = readLogins(text);
    const isAlike = /^[\w+]+:\/\//.test(text) ? JSON.stringify(login) === JSON.stringify(other) : true;
    const isTwice = /host=.*host=|:.*@.*(?:password|user)=/.test(text);
    if (login === undefined || !isAlike || isTwice) continue;
    const right = withPassword(text, login.password);
    if (right === undefined || login.user === '' || !/^[\w.~-]+$/.test(login.database)) continue;
    const server = /^[\w.-]+$/.test(login.host) && {
      POSTGRES_HOST: login.host,
      POSTGRES_PORT: login.port || '5432',
    };
    const bases = { ...LOGIN, ...server, POSTGRES_USER: login.user, POSTGRES_DB: login.database };
    t.equal(decided(bases, right).written, undefined, right);
    kept += 1;
  }
  t.ok(kept > 40, String(kept));
});

t.test('a string of another system is left alone', async (t) => {
  const others = STRINGS.filter((text) => OTHER_SYSTEM.test(text));
  t.equal(others.length, 4);
  for (const text of others)
    for (const basesFor of Object.values(BASES))
      t.equal(decided(basesFor(text), text).written, undefined, text);
});

/** The text with the good password in the place of its own. */
function withPassword(text: string, password: string): string | undefined {
  if (password === '') return undefined;
  for (const [before, after] of [
    [':', '@'],
    ['password=', ''],
    ['Password=', ''],
  ] as const)
    if (text.includes(`${before}${password}${after}`))
      return text.replace(`${before}${password}${after}`, () => `${before}${GOOD.password}${after}`);
  return undefined;
}

function decided(bases: Bases, text: string, name: Name = 'orders-db') {
  const decision = validated(aCreate({ ...bases, DATABASE_URL: text }, { name }));
  const findings = reportedFindings(decision).filter((line) => / DATABASE_URL (?!whitespace)/.test(line));
  return { written: writtenValues(decision).DATABASE_URL, findings };
}

const isOtherAccount = (text: string, { POSTGRES_USER: user }: Bases): boolean => {
  const logins = readLogins(text);
  return user !== undefined && logins.length > 0 && logins.every((login) => ![user, ''].includes(login.user));
};

/** The differences between the base keys and what the drivers read from the result. */
function faultsOf(result: string, text: string, bases: Bases): readonly string[] {
  const logins = readLogins(result);
  if (logins.length === 0) return [UNREADABLE];
  return logins.flatMap((login) => [
    ...faultsOfLogin(login, result, text, bases),
    ...faultsOfAddress(result, login),
  ]);
}

/** libpq connects to `hostaddr`, and demands one for each host. */
function faultsOfAddress(result: string, { host }: Login): readonly string[] {
  const [, addresses] = /hostaddr=([^& ]*)/.exec(result) ?? [];
  if (addresses === undefined || host === '') return [];
  return addresses.split(',').length === host.split(',').length ? [] : ['hostaddr'];
}

function faultsOfLogin(
  { user, password, host, port, database }: Login,
  result: string,
  text: string,
  bases: Bases,
): readonly string[] {
  const before = readLogins(text);
  const hasLogin = !/^jdbc:|;/.test(result);
  const isAddress = result.includes('hostaddr=');
  const { POSTGRES_USER: wantedUser = user, POSTGRES_HOST: wantedHost } = bases;
  const isKept = before.length === 0 || before.some((one) => one.host === host && one.port === port);
  const isPooler = !['', '5432'].includes(port) && isKept;
  // No key can name a socket, or several hosts.
  const isSocketOrList = /^[/@]|,/.test(host) || /@%2F/i.test(result);
  const isService = before.some((one) => one.host === '') && /[?&]service=/.test(text);
  const isServer =
    wantedHost === undefined || host === wantedHost || isSocketOrList || isPooler || isAddress || isService;
  const [hosts, ports] = [host.split(','), port.split(',')];
  return [
    ...(user === wantedUser || (!hasLogin && user === '') ? [] : ['user']),
    ...(password === bases.POSTGRES_PASSWORD || (!hasLogin && password === '') ? [] : ['password']),
    ...(database === bases.POSTGRES_DB ? [] : ['database']),
    ...(isServer ? [] : ['host']),
    ...(ports.every((one) => /^\d{0,5}$/.test(one)) && ([1, hosts.length].includes(ports.length) || isAddress)
      ? []
      : ['port']),
    ...(bases.POSTGRES_PORT === undefined || isPooler || isAddress || ['', bases.POSTGRES_PORT].includes(port)
      ? []
      : ['another port']),
  ];
}
