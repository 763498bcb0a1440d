import t from 'tap';
import { askServer } from '../../../src/commands/login-attempts/ask-server.ts';
import type { Tls } from '../../../src/engine/login/server/target.ts';
import type { Credential } from '../../../src/engine/secret/record/credential.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { aPostgres, type Postgres } from '../../testbed/postgres/postgres.ts';

const credential = (role: string, password = `of ${role}`): Credential => ({
  role,
  password: Sensitive.fromText(password),
});

const [plain, encrypted] = await Promise.all([aPostgres(t), aPostgres(t, { tls: { names: ['127.0.0.1'] } })]);
for (const postgres of [plain, encrypted])
  await postgres.sql(`
    CREATE ROLE app LOGIN PASSWORD 'of app';
    CREATE ROLE maker LOGIN CREATEROLE PASSWORD 'of maker';
    CREATE ROLE helper LOGIN PASSWORD 'of helper';
    CREATE ROLE boss LOGIN SUPERUSER PASSWORD 'of boss';
    ${postgres.version < 16 ? '' : 'GRANT app TO maker WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;'}`);

const ask = (
  { host, port, ca }: Postgres,
  role: Credential,
  admin?: Credential,
  mode: Tls['mode'] = 'prefer',
) =>
  askServer({
    credential: role,
    target: { host, port, database: 'postgres', tls: { mode, ca } },
    admin,
    timeout: 10_000,
  });

t.test('tells whether the server offers TLS, and never does without if the URL asks for it', async (t) => {
  for (const mode of ['disable', 'prefer'] as const) {
    t.match(await ask(plain, credential('app'), undefined, mode), {
      result: { kind: 'ok' },
      offersTls: false,
    });
    t.match(await ask(encrypted, credential('app'), undefined, mode), {
      result: { kind: 'ok' },
      offersTls: true,
    });
  }
  const verified = await ask(encrypted, credential('app'), undefined, 'verify-full');
  t.match(verified, { result: { kind: 'ok' }, offersTls: true });
  const wanted = await ask(plain, credential('app'), undefined, 'require');
  t.match(wanted, { result: { kind: 'tls', why: 'absent' }, offersTls: false });
});

t.test('a server that wants TLS, or forbids it, is asked in its way', async (t) => {
  await encrypted.admit(['hostssl all all all scram-sha-256']);
  t.match(await ask(encrypted, credential('app')), { result: { kind: 'ok' }, offersTls: true });
  await encrypted.admit(['hostnossl all all all scram-sha-256']);
  t.match(await ask(encrypted, credential('app')), { result: { kind: 'ok' }, offersTls: false });
  await encrypted.admit(['host all all all scram-sha-256']);
});

t.test('tells what the role and the administrator may do', async (t) => {
  t.match(await ask(plain, credential('app')), {
    role: { mayAlter: true, privileges: [] },
    admin: undefined,
  });
  t.match(await ask(plain, credential('maker')), { role: { privileges: ['CREATEROLE'] } });
  for (const [admin, rights] of [
    ['boss', { mayAlter: true, mayCreateRoles: true }],
    ['maker', { mayAlter: true, mayCreateRoles: true }],
    ['helper', { mayAlter: false, mayCreateRoles: false }],
  ] as const)
    t.same((await ask(plain, credential('app'), credential(admin))).admin, rights, admin);
  t.equal((await ask(plain, credential('app'), credential('boss', 'wrong'))).admin, 'refused');
});

t.test('asks no administrator, and nothing about TLS, after a login that was refused', async (t) => {
  const answer = await ask(encrypted, credential('app', 'wrong'), credential('boss'));
  t.match(answer, {
    result: { kind: 'password-refused' },
    role: undefined,
    admin: undefined,
    offersTls: true,
  });
  await plain.stop();
  t.match(await ask(plain, credential('app')), { result: { kind: 'refused' }, offersTls: undefined });
});

t.test('changes nothing', async (t) => {
  const rows = await encrypted.sql('SELECT count(*)::int AS roles FROM pg_roles WHERE rolcanlogin');
  t.same(rows, [{ roles: 5 }]);
});
