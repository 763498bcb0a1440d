import t from 'tap';
import { adminConnector } from '../../../src/commands/doctor/server-facts.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { aFakeServer } from '../../helpers/postgres/fake-server.ts';

const ADMIN = { role: 'admin', password: Sensitive.fromText('of the admin') };

t.test('sends the login of an administrator only to the server of the PostgresCredential', async (t) => {
  const listener = await aFakeServer(t, (socket) => socket.end());
  const { host, port } = listener;
  const target = { host, port, database: 'shop', tls: { mode: 'disable' } } as const;
  for (const named of [{ host: 'postgres' }, { host, port: port === 1 ? 2 : 1 }, { host }])
    await t.rejects(adminConnector('shop', named, ADMIN, 5000)(target), {
      code: 'LOCKSTEP_POSTGRES_LOGIN',
    });
  t.equal(listener.sockets.length, 0, 'nobody came');
  for (const named of [{ host, port }, {}, undefined])
    await t.rejects(adminConnector('shop', named, ADMIN, 5000)(target));
  t.equal(listener.sockets.length, 3, 'where it is named, or nothing names another one');
});
