import t from 'tap';
import type { ServerScope } from '../../../src/controllers/ports.ts';
import type { ServerTarget } from '../../../src/engine/login/server/target.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { openRoleServer } from '../../../src/postgres/roles/open-role-server.ts';
import { aPgProxy, type PgProxy } from '../../helpers/postgres/pg-proxy.ts';
import { canLogIn, onEachMajor, rolesOn } from '../../helpers/postgres/role-servers.ts';
import type { Postgres } from '../../testbed/postgres/postgres.ts';
import { until } from '../../testbed/process/until.ts';

const NEW = Sensitive.fromText('new');
const CUT = { code: 'LOCKSTEP_POSTGRES_CONNECTION_FAILURE' };
const LOST = { code: 'LOCKSTEP_POSTGRES_COMMIT_UNKNOWN' };
/**
 * The effect of a statement whose request or answer is cut. After this time in milliseconds without data, the server
 * ends the session. A busy machine takes a second to open one.
 */
const timeout = 3000;

interface Fault {
  readonly name: string;
  readonly strike: (proxy: PgProxy, server: Postgres) => void;
  readonly error: typeof CUT | typeof LOST;
  readonly isCommitted: boolean;
}

const FAULTS: readonly Fault[] = [
  {
    name: 'is cut before ALTER ROLE',
    strike: (proxy) => proxy.cutBefore('ALTER ROLE'),
    error: CUT,
    isCommitted: false,
  },
  {
    name: 'is cut after ALTER ROLE',
    strike: (proxy) => proxy.cutAfter('ALTER ROLE'),
    error: CUT,
    isCommitted: false,
  },
  {
    name: 'is cut before COMMIT',
    strike: (proxy) => proxy.cutBefore('COMMIT'),
    error: LOST,
    isCommitted: false,
  },
  {
    name: 'is cut after COMMIT',
    strike: (proxy) => proxy.cutAfter('COMMIT'),
    error: LOST,
    isCommitted: true,
  },
  {
    name: 'falls silent before ALTER ROLE',
    strike: (proxy) => proxy.hangBefore('ALTER ROLE'),
    error: CUT,
    isCommitted: false,
  },
  {
    name: 'falls silent before COMMIT',
    strike: (proxy) => proxy.hangBefore('COMMIT'),
    error: LOST,
    isCommitted: false,
  },
  {
    name: 'falls silent after COMMIT',
    strike: (proxy) => proxy.hangAfter('COMMIT'),
    error: LOST,
    isCommitted: true,
  },
];

onEachMajor(t, {}, (on) => {
  for (const { name, strike, error, isCommitted } of FAULTS)
    on(`reports the true effect, in error and mark, if the connection ${name}`, async (t, server) => {
      await server.sql(`CREATE ROLE app LOGIN PASSWORD 'old'; COMMENT ON ROLE app IS 'a note'`);
      const proxy = await aPgProxy(t, server);
      const roles = await rolesOn(t, server, { timeout }, proxy);
      strike(proxy, server);
      await t.rejects(roles.setPassword('app', NEW, 'change-1'), error);
      t.equal(proxy.hits, 1);
      await t.rejects(roles.role('app'), CUT, 'nothing more is to be had from it');
      await until('the connections to end', [], () => proxy.connections.open === 0);

      const next = await rolesOn(t, server);
      t.equal((await next.role('app'))?.mark, isCommitted ? 'change-1' : undefined);
      t.equal(await canLogIn(server, 'app', 'new'), isCommitted);
      t.equal(await canLogIn(server, 'app', 'old'), !isCommitted);
      await next.setPassword('app', NEW, 'change-1');
      t.ok(await canLogIn(server, 'app', 'new'), 'to do it again is safe');
    });

  on(
    'lets the server end an open transaction before any commit after a network failure',
    async (t, server) => {
      await server.sql(`CREATE ROLE app LOGIN PASSWORD 'old'`);
      const sessions = `SELECT count(*)::int AS open FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'`;
      const proxy = await aPgProxy(t, server);
      // Of the two connections, only the one in front of the server stays until the end.
      let held: (() => void) | undefined;
      proxy.onStatement(async (statement) => {
        if (statement === 'COMMIT') await new Promise<void>((resolve) => (held = resolve));
        return 'pass' as const;
      });
      const roles = await rolesOn(t, server, { timeout }, proxy);
      const changed = roles.setPassword('app', NEW, 'change-1');
      await until('the transaction to be open', [], async () => (await server.sql(sessions))[0]?.open === 1);
      await until('the transaction to be over', [], async () => (await server.sql(sessions))[0]?.open === 0);
      held?.();
      const error = await changed.catch((error) => error);
      t.match(
        error.code,
        /POSTGRES_(COMMIT_UNKNOWN|CONNECTION_FAILURE)$/,
        'whoever of the two noticed first',
      );
      t.ok(await canLogIn(server, 'app', 'old'));
    },
  );

  on('keeps a commit across a crash of the server', async (t, server) => {
    await server.sql(
      `CREATE ROLE app LOGIN PASSWORD 'old'; ALTER ROLE postgres SET synchronous_commit = off`,
    );
    t.teardown(() => server.sql('ALTER ROLE postgres RESET synchronous_commit'));
    const roles = await rolesOn(t, server);
    await roles.setPassword('app', NEW, 'change-1');
    await server.stop('immediate');
    const error = await roles.setPassword('app', NEW, 'change-2').catch((error) => error);
    t.match(error, CUT);
    await server.start();
    t.ok(await canLogIn(server, 'app', 'new'));
  });

  on('writes as a role that is read-only by default', async (t, server) => {
    await server.sql(`CREATE ROLE app LOGIN; ALTER ROLE postgres SET default_transaction_read_only = on`);
    t.teardown(() =>
      server.sql('BEGIN READ WRITE; ALTER ROLE postgres RESET default_transaction_read_only; COMMIT'),
    );
    const roles = await rolesOn(t, server);
    await roles.setPassword('app', NEW, 'change-1');
    t.ok(await canLogIn(server, 'app', 'new'));
  });

  on('names neither the role nor the server if the controller gives labels', async (t, server) => {
    const { host, port, superuser } = server;
    const scope: ServerScope = {
      as: 'admin',
      mayChange: ['missing'],
      roleLabel: () => 'the role in the Secret',
      server: 'the server in the Secret',
    };
    const target: ServerTarget = { host, port, database: 'postgres', tls: { mode: 'disable' } };
    const credential = { role: superuser.role, password: Sensitive.fromText(superuser.password) };
    await using roles = await openRoleServer(target, credential, { ...scope, timeout: 5000 });
    const { message } = await roles.setPassword('missing', NEW, 'change-1').then(
      () => new Error('it changed a role that is missing'),
      (error: Error) => error,
    );
    t.match(message, /the server in the Secret.*the role in the Secret/);
    t.notMatch(message, new RegExp(`missing|${host}|${port}`));
  });
});
