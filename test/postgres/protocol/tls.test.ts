import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import t from 'tap';
import type { TlsFault } from '../../../src/engine/login/result/login-result.ts';
import type { Tls } from '../../../src/engine/login/server/target.ts';
import { logIn, THE_PASSWORD } from '../../helpers/login/login.ts';
import { makeServerCertificate } from '../../testbed/cluster/pki.ts';
import { aPostgres } from '../../testbed/postgres/postgres.ts';

const APP = `CREATE ROLE app LOGIN PASSWORD '${THE_PASSWORD}'`;
const tls = (why: TlsFault) => ({ kind: 'tls', why });
const OTHER_NAME = tls('other-name');
const OK = { kind: 'ok', standby: false };
const MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

t.test('connects to a server with TLS by the name in its certificate', async (t) => {
  const server = await aPostgres(t, {
    tls: { names: ['localhost', '127.0.0.1'] },
    settings: { log_connections: 'on' },
  });
  await server.sql(APP);
  for (const mode of MODES) {
    const before = server.log().length;
    t.same(await logIn(server, { host: 'localhost', tls: { mode, ca: server.ca } }), OK, mode);
    const wasEncrypted = server.log().slice(before).includes('SSL enabled');
    t.equal(wasEncrypted, mode !== 'disable', mode);
  }
  t.same(await logIn(server, { tls: { mode: 'verify-full', ca: server.ca } }), OK, 'an address');
});

t.test('refuses a certificate for another name', async (t) => {
  const server = await aPostgres(t, { tls: { names: ['postgres.shop.svc'] } });
  await server.sql(APP);
  const { ca } = server;
  t.same(await logIn(server, { tls: { mode: 'verify-full', ca } }), OTHER_NAME);
  t.same(await logIn(server, { host: 'localhost', tls: { mode: 'verify-full', ca } }), OTHER_NAME);
  const called = (name: string) => logIn(server, { tls: { mode: 'verify-full', ca, name } });
  t.same(await called('postgres.shop.svc'), OK, 'applications call it by that name');
  t.same(await called('postgres'), OTHER_NAME);
  t.same(await logIn(server, { tls: { mode: 'verify-ca', ca } }), OK);
  t.same(await logIn(server, { tls: { mode: 'require', ca } }), OK);
});

t.test('refuses a certificate of another CA', async (t) => {
  const server = await aPostgres(t, { tls: { names: ['127.0.0.1'] } });
  await server.sql(APP);
  const { ca } = await makeServerCertificate(['127.0.0.1']);
  const verdicts: [Tls, object][] = [
    [{ mode: 'verify-full', ca }, tls('untrusted')],
    [{ mode: 'verify-full' }, tls('untrusted')],
    [{ mode: 'verify-ca', ca }, tls('untrusted')],
    [{ mode: 'verify-ca', ca: 'no PEM' }, tls('no-authority')],
    [
      { mode: 'verify-ca', ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
      tls('no-authority'),
    ],
    // As in libpq: a CA that is given is used.
    [{ mode: 'require', ca }, tls('untrusted')],
    [{ mode: 'require' }, OK],
    [{ mode: 'prefer', ca }, OK],
  ];
  for (const [tls, verdict] of verdicts) t.same(await logIn(server, { tls }), verdict, tls.mode);
});

t.test('reports a server without TLS', async (t) => {
  const server = await aPostgres(t);
  await server.sql(APP);
  for (const mode of MODES) {
    const verdict = mode === 'disable' || mode === 'prefer' ? OK : tls('absent');
    t.same(await logIn(server, { tls: { mode } }), verdict, mode);
  }
});

t.test('reports a pg_hba.conf that requires TLS, and one that refuses it', async (t) => {
  const server = await aPostgres(t, { tls: { names: ['127.0.0.1'] } });
  await server.sql(APP);
  await server.admit(['hostssl all all all scram-sha-256']);
  t.same(await logIn(server, { tls: { mode: 'disable' } }), { kind: 'pg-hba' });
  t.same(await logIn(server, { tls: { mode: 'prefer' } }), OK);

  await server.admit(['hostnossl all all all scram-sha-256']);
  t.same(await logIn(server, { tls: { mode: 'require' } }), { kind: 'pg-hba' });
  t.same(await logIn(server, { tls: { mode: 'prefer' } }), OK, 'tried in clear as well');
});

t.test('sends a password in clear only to a verified server', async (t) => {
  const server = await aPostgres(t, {
    tls: { names: ['127.0.0.1'] },
    hba: ['host all all all password'],
  });
  await server.sql(APP);
  const { ca } = server;
  for (const mode of ['disable', 'prefer', 'require'] as const)
    t.same(await logIn(server, { tls: { mode } }), { kind: 'other-method' }, mode);
  for (const mode of ['verify-ca', 'verify-full'] as const) {
    t.same(await logIn(server, { tls: { mode, ca } }), { ...OK, by: 'password' }, mode);
    t.same(await logIn(server, { tls: { mode, ca }, password: 'wrong' }), { kind: 'password-refused' });
  }
});

t.test('does not accept a certificate of a public CA without a name', async (t) => {
  const server = await aPostgres(t, { tls: { names: ['127.0.0.1'] }, hba: ['host all all all password'] });
  await server.sql(APP);
  const publicOnes = getCACertificates('default');
  t.teardown(() => setDefaultCACertificates(publicOnes));
  setDefaultCACertificates([...publicOnes, server.ca ?? '']);
  t.same(await logIn(server, { tls: { mode: 'verify-ca' } }), { kind: 'other-method' });
  t.same(await logIn(server, { tls: { mode: 'verify-full' } }), { ...OK, by: 'password' });
});
