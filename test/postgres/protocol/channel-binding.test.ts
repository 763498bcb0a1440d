import { X509Certificate } from 'node:crypto';
import t from 'tap';
import type { AuthRule } from '../../../src/engine/login/server/target.ts';
import { tlsServerEndPoint } from '../../../src/postgres/protocol/channel-binding.ts';
import { logIn, THE_PASSWORD } from '../../helpers/login/login.ts';
import { type Signature, selfSigned } from '../../helpers/postgres/certificates.ts';
import { backendMessage } from '../../helpers/postgres/fake-server.ts';
import { onEachMajor } from '../../helpers/postgres/role-servers.ts';
import { anInterceptor } from '../../helpers/postgres/tls-interceptor.ts';
import { aPostgres } from '../../testbed/postgres/postgres.ts';

const APP = `CREATE ROLE app LOGIN PASSWORD '${THE_PASSWORD}'`;
const OK = { kind: 'ok', standby: false };
const INTERCEPTED = { kind: 'tls', why: 'intercepted' };
const REQUIRE = { mode: 'require' } as const;
/** Only SCRAM with channel binding. */
const BOUND: AuthRule = { accepts: ['scram-sha-256-plus'], because: 'said' };

/** The bytes of the hash. Undefined if there is no binding. */
const HASHES: readonly (readonly [Signature, number | undefined])[] = [
  ['RSA, SHA-1', 32],
  ['RSA, SHA-256', 32],
  ['RSA, SHA-384', 48],
  ['RSASSA-PSS, SHA-512', 64],
  ['ECDSA, SHA-256', 32],
  ['ECDSA, SHA-384', 48],
  ['Ed25519', undefined],
];

for (const [signature, size] of HASHES) {
  t.test(`binds SCRAM to a certificate that is signed by ${signature}`, async (t) => {
    const certificate = selfSigned(signature);
    t.equal(tlsServerEndPoint(new X509Certificate(certificate.cert).raw)?.length, size);
    const server = await aPostgres(t, { tls: { certificate }, settings: { log_connections: 'on' } });
    await server.sql(APP);
    t.same(await logIn(server, { tls: REQUIRE }), OK);
    const bound = await logIn(server, { tls: REQUIRE, auth: BOUND });
    if (size !== undefined) t.same(bound, OK, 'and PostgreSQL agrees');
    else t.match(bound, { kind: 'weak-method', weak: { asked: 'unbound', because: 'said' } });
  });
}

onEachMajor(t, { tls: { names: ['127.0.0.1'] } }, (on) => {
  on('somebody between is found out by the certificate, though nobody verifies it', async (t, server) => {
    await server.sql(APP);
    for (const signature of ['ECDSA, SHA-256', 'RSA, SHA-256'] as const) {
      const between = await anInterceptor(t, server, selfSigned(signature));
      for (const mode of ['prefer', 'require'] as const)
        t.same(await logIn(between, { tls: { mode } }), INTERCEPTED, `${signature}, ${mode}`);
    }
    t.same(await logIn(server, { tls: REQUIRE }), OK);
  });

  on('somebody who takes the offer of channel binding away is found out by the server', async (t, server) => {
    await server.sql(APP);
    const offer = backendMessage('R', 10, 'SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0');
    const change = (bytes: Buffer): Buffer =>
      bytes.equals(offer) ? backendMessage('R', 10, 'SCRAM-SHA-256\0\0') : bytes;
    const between = await anInterceptor(t, server, selfSigned('ECDSA, SHA-256'), { change });
    for (const mode of ['prefer', 'require'] as const)
      t.same(await logIn(between, { tls: { mode } }), INTERCEPTED, mode);
  });

  on('where binding is demanded nobody between comes past by having none', async (t, server) => {
    await server.sql(APP);
    for (const [signature, inClear] of [
      ['Ed25519', false],
      ['ECDSA, SHA-256', true],
    ] as const) {
      const between = await anInterceptor(t, server, selfSigned(signature), { inClear });
      t.match(await logIn(between, { tls: REQUIRE, auth: BOUND }), {
        kind: 'weak-method',
        weak: { asked: 'unbound' },
      });
    }
    t.match(await logIn(server, { auth: BOUND }), { kind: 'weak-method' }, 'without TLS');
    t.same(await logIn(server, { tls: REQUIRE, auth: BOUND }), OK);
  });
});

t.test('returns no hash for a malformed certificate, in short time', async (t) => {
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('3080', 'hex'),
    Buffer.from('3084ffffffff', 'hex'),
    Buffer.alloc(65_536, 0x30),
    Buffer.from('300430003000', 'hex'),
  ])
    t.equal(tlsServerEndPoint(bytes), undefined);
});
