import type { Socket } from 'node:net';
import t from 'tap';
import type { LoginResult } from '../../../src/engine/login/result/login-result.ts';
import { logIn } from '../../helpers/login/login.ts';
import { aFakeServer, backendMessage, errorResponse } from '../../helpers/postgres/fake-server.ts';

// Literal messages of PgBouncer (src/client.c, objects.c, janitor.c of 1.25), because not every machine that runs these
// tests has it.

const LET_IN = backendMessage('R', 0);
const READY = backendMessage('Z', 'I');
const SASL = backendMessage('R', 10, 'SCRAM-SHA-256\0\0');

type When = 'before it asks' | 'after the password' | 'at the first statement';

const SAID: readonly (readonly [string, string, When, LoginResult])[] = [
  ['08P01', 'SASL authentication failed', 'before it asks', { kind: 'password-refused' }],
  ['08P01', 'password authentication failed', 'before it asks', { kind: 'password-refused' }],
  ['08P01', 'no such user', 'before it asks', { kind: 'unknown-role' }],
  ['08P01', 'no such user: app', 'before it asks', { kind: 'unknown-role' }],
  ['08P01', 'no such database: shop', 'before it asks', { kind: 'no-database', unproven: true }],
  ['08P01', 'database "shop" is disabled', 'before it asks', { kind: 'no-connect-right', unproven: true }],
  [
    '08P01',
    'no more connections allowed (max_client_conn)',
    'before it asks',
    { kind: 'too-many-connections' },
  ],
  [
    '08P01',
    'client connections exceeded (max_user_client_connections)',
    'before it asks',
    { kind: 'too-many-connections' },
  ],
  ['08P01', 'login rejected', 'before it asks', { kind: 'pg-hba' }],
  ['08P01', 'SSL required', 'before it asks', { kind: 'tls', why: 'wanted' }],
  ['08P01', 'certificate authentication failed', 'before it asks', { kind: 'other-method' }],
  ['08P01', 'pooler is shutting down', 'before it asks', { kind: 'starting-up' }],
  ['08P01', 'bouncer config error', 'before it asks', { kind: 'other' }],
  ['08P01', 'client_login_timeout (server down)', 'after the password', { kind: 'timeout' }],
  ['08P01', 'query_wait_timeout', 'at the first statement', { kind: 'timeout' }],
  [
    '08P01',
    'server login has been failing, cached error: password authentication failed for user "app" (server_login_retry)',
    'at the first statement',
    { kind: 'password-refused' },
  ],
  [
    '08P01',
    'server login has been failing, cached error: connect failed (server_login_retry)',
    'after the password',
    { kind: 'refused' },
  ],
  [
    '08P01',
    'server login has been failing, cached error: server DNS lookup failed (server_login_retry)',
    'at the first statement',
    { kind: 'dns' },
  ],
  [
    '28P01',
    'password authentication failed for user "app"',
    'at the first statement',
    { kind: 'password-refused' },
  ],
  [
    '3D000',
    'database "shop" does not exist',
    'at the first statement',
    { kind: 'no-database', unproven: true },
  ],
  ['53300', 'sorry, too many clients already', 'at the first statement', { kind: 'too-many-connections' }],
  ['57P03', 'the database system is starting up', 'at the first statement', { kind: 'starting-up' }],
  [
    '28000',
    'no pg_hba.conf entry for host "10.0.0.1", user "app", database "shop"',
    'at the first statement',
    { kind: 'pg-hba' },
  ],
  ['28000', 'role "app" is not permitted to log in', 'at the first statement', { kind: 'no-login' }],
  // A server without such a function has accepted the login, so its kind does not matter.
  [
    '42883',
    'function pg_catalog.pg_is_in_recovery() does not exist',
    'at the first statement',
    { kind: 'ok', standby: false, unproven: true },
  ],
];

for (const [sqlstate, text, when, verdict] of SAID) {
  t.test(`reports ${sqlstate} ${text}, ${when}`, async (t) => {
    const pooler = await aFakeServer(t, (socket) => say(socket, when, errorResponse(sqlstate, text)));
    t.same(await logIn(pooler), verdict);
  });
}

t.test('reports a pooler that refuses a SCRAM answer', async (t) => {
  const pooler = await aFakeServer(t, (socket) => {
    socket.once('data', () => socket.write(SASL));
    socket.on('data', (chunk) => {
      const [, nonce] = /n,,n=,r=(.*)$/.exec(chunk.toString('latin1')) ?? [];
      if (nonce !== undefined) socket.write(backendMessage('R', 11, `r=${nonce}x,s=c2FsdA==,i=4096`));
      if (chunk.includes('c=biws')) socket.write(errorResponse('08P01', 'SASL authentication failed'));
    });
  });
  t.same(await logIn(pooler), { kind: 'password-refused' });
});

function say(socket: Socket, when: When, refused: Buffer): void {
  const first = {
    'before it asks': [],
    'after the password': [LET_IN],
    'at the first statement': [LET_IN, READY],
  }[when];
  socket.once('data', () => {
    socket.write(Buffer.concat(first));
    if (when !== 'at the first statement') socket.write(refused);
    else socket.once('data', () => socket.write(Buffer.concat([refused, READY])));
  });
}
