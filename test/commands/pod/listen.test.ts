import t from 'tap';
import { type Address, listenOn } from '../../../src/commands/pod/listen.ts';

/** Refuses each address but `good` with that code. */
function aListener(code: string, good: string) {
  const asked: string[] = [];
  return {
    asked,
    listen: async ({ host, port }: Address) => {
      asked.push(host);
      if (host !== good) throw Object.assign(new Error(code), { code });
      return port;
    },
  };
}

t.test('listens on IPv4 on a machine without IPv6', async (t) => {
  const listener = aListener('EAFNOSUPPORT', '0.0.0.0');
  t.equal(await listenOn(listener, { host: '::', port: 8443 }, 'port'), 8443);
  t.same(listener.asked, ['::', '0.0.0.0']);
});

t.test('replaces no other address, and no address that fails for another reason', async (t) => {
  for (const [host, code, expected] of [
    ['::1', 'EAFNOSUPPORT', 'LOCKSTEP_CANNOT_LISTEN'],
    ['::', 'EACCES', 'LOCKSTEP_CANNOT_LISTEN'],
    ['::', 'EADDRINUSE', 'LOCKSTEP_PORT_IN_USE'],
  ] as const) {
    const listener = aListener(code, '0.0.0.0');
    await t.rejects(listenOn(listener, { host, port: 8443 }, 'port'), { code: expected }, `${host} ${code}`);
    t.same(listener.asked, [host]);
  }
});
