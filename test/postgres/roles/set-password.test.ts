import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import t from 'tap';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { aPgProxy } from '../../helpers/postgres/pg-proxy.ts';
import { canLogIn, onEachMajor, rolesOn } from '../../helpers/postgres/role-servers.ts';

const NEW = 'of the app, the new one';

onEachMajor(t, {}, (on) => {
  on('sets the password and the mark of a role as the administrator', async (t, server) => {
    await server.sql(`CREATE ROLE app LOGIN PASSWORD 'old'; COMMENT ON ROLE app IS 'ask \\Bob''s team'`);
    const roles = await rolesOn(t, server);

    await roles.setPassword('app', Sensitive.fromText(NEW), 'change-1');
    t.ok(await canLogIn(server, 'app', NEW));
    t.notOk(await canLogIn(server, 'app', 'old'));
    t.equal((await roles.role('app'))?.mark, 'change-1');
    t.same(await commentOf(), "ask \\Bob's team [lockstep change-1]");

    await roles.removeMark('app');
    t.equal((await roles.role('app'))?.mark, undefined);
    t.same(await commentOf(), "ask \\Bob's team");
    t.ok(await canLogIn(server, 'app', NEW));

    async function commentOf() {
      const [row] = await server.sql(`SELECT shobj_description('app'::regrole, 'pg_authid') AS comment`);
      return row?.comment;
    }
  });

  on('denies each login to a role without a password', async (t, server) => {
    await server.sql(`CREATE ROLE app LOGIN PASSWORD 'old'`);
    const roles = await rolesOn(t, server);
    await roles.setPassword('app', undefined, 'gone');
    t.notOk(await canLogIn(server, 'app', 'old'));
    const facts = await roles.role('app');
    t.equal(facts?.hasPassword, false);
    t.equal(facts?.mark, 'gone');
  });

  on('changes its own password, also if its default is another role', async (t, server) => {
    await server.sql(`
    CREATE ROLE app NOLOGIN; CREATE ROLE app_alt LOGIN PASSWORD 'old' IN ROLE app; ALTER ROLE app_alt SET role = 'app'`);
    const roles = await rolesOn(t, server, { role: 'app_alt', password: 'old', as: 'self' });
    t.equal((await roles.role('app_alt'))?.mayAlter, true);
    t.equal((await roles.role('app'))?.mayAlter, false);

    await roles.setPassword('app_alt', Sensitive.fromText(NEW), 'change-1');
    t.ok(await canLogIn(server, 'app_alt', NEW));
    t.equal((await roles.role('app_alt'))?.mark, undefined, 'it may not comment on itself');
    await roles.removeMark('app_alt');
  });

  on('quotes names with special characters', async (t, server) => {
    const name = `it's a "role"\\; DROP ROLE app; --ü`;
    await server.sql(`CREATE ROLE app; CREATE ROLE "${name.replaceAll('"', '""')}" LOGIN`);
    const roles = await rolesOn(t, server, { mayChange: [name] });
    await roles.setPassword(name, Sensitive.fromText(NEW), 'm');
    t.ok(await canLogIn(server, name, NEW));
    t.equal((await roles.role(name))?.mark, 'm');
    t.ok(await roles.role('app'));
  });

  on('hashes with the iterations of the server', async (t, server) => {
    await server.sql('CREATE ROLE app LOGIN');
    const isConfigurable = server.version >= 16;
    if (isConfigurable) await server.restart({ scram_iterations: '5000' });
    const roles = await rolesOn(t, server);
    await roles.setPassword('app', Sensitive.fromText(NEW), 'm');
    const [row] = await server.sql(
      `SELECT split_part(rolpassword, ':', 1) AS kind FROM pg_authid WHERE rolname = 'app'`,
    );
    t.equal(row?.kind, `SCRAM-SHA-256$${isConfigurable ? 5000 : 4096}`);
  });

  on('creates nothing for a missing role', async (t, server) => {
    const mayChange = ['nobody', 'no\0body', 'n'.repeat(64)];
    const roles = await rolesOn(t, server, { mayChange });
    const refused = { code: 'LOCKSTEP_POSTGRES_REFUSED' };
    await t.rejects(roles.setPassword('nobody', Sensitive.fromText(NEW), 'm'), refused);
    await t.rejects(roles.setPassword('no\0body', Sensitive.fromText(NEW), 'm'), refused);
    await t.rejects(roles.setPassword('n'.repeat(64), Sensitive.fromText(NEW), 'm'), refused);
    t.equal(await roles.role('nobody'), undefined);
    t.equal(await roles.role('no\0body'), undefined);
  });

  on('refuses a role that the administrator may not change', async (t, server) => {
    await server.sql(`CREATE ROLE app LOGIN; CREATE ROLE payments LOGIN PASSWORD 'theirs'`);
    await server.restart({ log_statement: 'all' });
    const roles = await rolesOn(t, server, { mayChange: ['app', 'payments_alt'] });
    const before = server.log().length;
    const refused = {
      code: 'LOCKSTEP_POSTGRES_REFUSED',
      message: /role payments is not among the roles .* spec\.allowedRoles/,
    };
    const made = { oid: undefined, mark: 'made-1' };
    await t.rejects(roles.setPassword('payments', Sensitive.fromText(NEW), 'm'), refused);
    await t.rejects(roles.setPassword('payments', undefined, undefined), refused);
    await t.rejects(roles.removeMark('payments'), refused);
    await t.rejects(roles.makeAlternate('payments', 'payments_alt', made), refused);
    t.notMatch(server.log().slice(before), /payments/, 'nothing about it was sent');
    t.ok(await canLogIn(server, 'payments', 'theirs'));
    t.equal(await roles.role('payments_alt'), undefined);
  });

  on('keeps the password of a role that is renamed during the change', async (t, server) => {
    await server.sql(`CREATE ROLE app LOGIN; CREATE ROLE payments LOGIN PASSWORD 'theirs'`);
    const proxy = await aPgProxy(t, server);
    const roles = await rolesOn(t, server, {}, proxy);
    proxy.onStatement(async (statement): Promise<'pass'> => {
      if (statement.startsWith('ALTER ROLE "app" PASSWORD'))
        await server.sql('ALTER ROLE app RENAME TO was_app; ALTER ROLE payments RENAME TO app');
      return 'pass';
    });
    await t.rejects(roles.setPassword('app', Sensitive.fromText(NEW), undefined), {
      code: 'LOCKSTEP_POSTGRES_CONCURRENT_CHANGE',
    });
    t.ok(await canLogIn(server, 'app', 'theirs'));
  });

  on('reports a concurrent change to the second of two callers', async (t, server) => {
    await server.sql('CREATE DATABASE other');
    await server.sql(`CREATE ROLE app LOGIN PASSWORD 'old'`);
    const here = await rolesOn(t, server);
    const there = await rolesOn(t, server, { database: 'other', timeout: 1500 });
    // Each of the two waits for less than the four seconds of the foreign transactions, or meets their end.
    const busy = { code: 'LOCKSTEP_POSTGRES_CONCURRENT_CHANGE' };

    const commented = server.sql(`BEGIN; COMMENT ON ROLE app IS 'mine'; SELECT pg_sleep(4); COMMIT`);
    await untilOpen('COMMENT');
    await t.rejects(there.setPassword('app', Sensitive.fromText(NEW), 'm'), busy, 'across databases');
    await commented;

    const altered = server.sql(`BEGIN; ALTER ROLE app PASSWORD 'theirs'; SELECT pg_sleep(4); COMMIT`);
    await untilOpen('ALTER');
    await t.rejects(here.setPassword('app', Sensitive.fromText(NEW), 'm'), busy, 'a foreign ALTER ROLE');
    await altered;
    t.ok(await canLogIn(server, 'app', 'theirs'));
    t.equal((await here.role('app'))?.mark, undefined);

    await here.setPassword('app', Sensitive.fromText(NEW), 'm');
    t.ok(await canLogIn(server, 'app', NEW), 'and then it is done');

    async function untilOpen(statement: string): Promise<void> {
      const sql = `SELECT count(*)::int AS open FROM pg_stat_activity WHERE query LIKE 'BEGIN; ${statement}%' AND wait_event = 'PgSleep'`;
      while ((await server.sql(sql))[0]?.open !== 1);
    }
  });

  on(
    'ignores the lock of a role without rights, and respects that of one that may change the role',
    async (t, server) => {
      await server.sql(`CREATE ROLE app LOGIN PASSWORD 'old'; CREATE ROLE mallory LOGIN PASSWORD 'mallory';
      CREATE ROLE deputy CREATEROLE LOGIN PASSWORD 'deputy'`);
      const admin = await rolesOn(t, server);
      const itself = await rolesOn(t, server, { role: 'app', password: 'old', as: 'self' });
      const held = async (role: string): Promise<() => Promise<void>> => {
        const { host, port } = server;
        const client = new pg.Client({ host, port, user: role, password: role, database: 'postgres' });
        await client.connect();
        await client.query(`SELECT pg_advisory_lock(x'6c6f636b'::int, hashtext('app'))`);
        return () => client.end();
      };

      const letGo = await held('mallory');
      await itself.setPassword('app', Sensitive.fromText('of itself'), undefined);
      t.ok(await canLogIn(server, 'app', 'of itself'));
      await admin.setPassword('app', Sensitive.fromText(NEW), 'm');
      t.ok(await canLogIn(server, 'app', NEW));
      await letGo();

      const deputyLetsGo = await held('deputy');
      await t.rejects(admin.setPassword('app', Sensitive.fromText('newer'), 'n'), {
        code: 'LOCKSTEP_POSTGRES_CONCURRENT_CHANGE',
      });
      await deputyLetsGo();
    },
  );

  on('ends with the mark of the effective password, however many callers change it', async (t, server) => {
    await server.sql('CREATE DATABASE other');
    await server.sql('CREATE ROLE app LOGIN');
    const ids = Array.from({ length: 8 }, (_, at) => `change-${at}`);
    const ends = await Promise.all(
      ids.map(async (id, at) => {
        const roles = await rolesOn(t, server, { database: at % 2 === 0 ? 'postgres' : 'other' });
        return roles.setPassword('app', Sensitive.fromText(`of ${id}`), id).then(
          () => 'done',
          ({ code }) => code,
        );
      }),
    );
    t.ok(ends.includes('done'));
    t.ok(ends.every((end) => end === 'done' || end === 'LOCKSTEP_POSTGRES_CONCURRENT_CHANGE'));
    const mark = (await (await rolesOn(t, server)).role('app'))?.mark;
    t.ok(await canLogIn(server, 'app', `of ${mark}`));
  });

  on('reports a missing right, and changes nothing', async (t, server) => {
    await server.sql(`CREATE ROLE app LOGIN PASSWORD 'old'; CREATE ROLE plain LOGIN PASSWORD 'plain'`);
    const roles = await rolesOn(t, server, { role: 'plain', password: 'plain' });
    const error = await roles.setPassword('app', Sensitive.fromText(NEW), 'm').catch((error) => error);
    t.match(error, { code: 'LOCKSTEP_POSTGRES_REFUSED', message: /may not do that.*42501/ });
    t.ok(await canLogIn(server, 'app', 'old'));
    t.equal((await roles.role('app'))?.mayAlter, false);
  });
});

onEachMajor(t, { settings: { password_encryption: 'md5' }, hba: ['host all all all md5'] }, (on) => {
  on('stores the SCRAM verifier on a server with md5 as its default', async (t, server) => {
    await server.sql(`CREATE ROLE app LOGIN PASSWORD 'old'`);
    const roles = await rolesOn(t, server);
    t.equal(await roles.matchPassword('app', [Sensitive.fromText(NEW), Sensitive.fromText('old')]), 1);
    await roles.setPassword('app', Sensitive.fromText(NEW), 'm');
    t.ok(await canLogIn(server, 'app', NEW));
    t.equal(await roles.matchPassword('app', [Sensitive.fromText(NEW), Sensitive.fromText('old')]), 0);
  });
});

// A process freezes inside a transaction, and continues after another one has made a newer change.
onEachMajor(t, {}, (on) => {
  for (const as of ['admin', 'self'] as const) {
    const entry = as === 'admin' ? {} : { role: 'app', password: 'old', as };

    on(`${as}: does not commit a change that is no longer needed`, async (t, server) => {
      await server.sql(`CREATE ROLE app LOGIN PASSWORD 'old'`);
      const late = await rolesOn(t, server, entry);
      await t.rejects(
        late.setPassword('app', Sensitive.fromText('older'), 'change-1', async () => false),
        { code: 'LOCKSTEP_CLUSTER_CONFLICT' },
      );
      t.ok(await canLogIn(server, 'app', 'old'));
      t.equal((await late.role('app'))?.mark, undefined);
    });

    on(`${as}: locks the role while it asks whether the change is needed`, async (t, server) => {
      await server.sql(`CREATE ROLE app LOGIN PASSWORD 'old'`);
      const [first, second] = [await rolesOn(t, server, entry), await rolesOn(t, server, entry)];
      let other: unknown;
      await first.setPassword('app', Sensitive.fromText(NEW), 'change-1', async () => {
        other = await second
          .setPassword('app', Sensitive.fromText('newer'), 'change-2')
          .catch((error) => error);
        return true;
      });
      t.match(other, { code: 'LOCKSTEP_POSTGRES_CONCURRENT_CHANGE' });
      t.ok(await canLogIn(server, 'app', NEW));
    });

    on(`${as}: restores no older password after a freeze before COMMIT`, async (t, server) => {
      await server.sql(`CREATE ROLE app LOGIN PASSWORD 'old'`);
      const frozen = await rolesOn(t, server, { ...entry, timeout: 3000 });
      const next = await rolesOn(t, server, entry);
      const ended = await frozen
        .setPassword('app', Sensitive.fromText('older'), 'change-1', async () => {
          // The role stays locked until the server ends the transaction of the first session. A session accepts 10,000
          // messages, and a pause keeps this one below that.
          while (!(await isDone(next.setPassword('app', Sensitive.fromText(NEW), 'change-2'))))
            await sleep(20);
          return true;
        })
        .catch((error) => error);
      t.match(ended, { code: /^LOCKSTEP_POSTGRES_(COMMIT_UNKNOWN|CONNECTION_FAILURE)$/ });
      t.ok(await canLogIn(server, 'app', NEW), 'the newer one is in force');
      t.notOk(await canLogIn(server, 'app', 'older'));
    });
  }
});

/** False if another caller works on it. */
const isDone = (changing: Promise<void>): Promise<boolean> =>
  changing.then(
    () => true,
    (error: { readonly code?: unknown }) => {
      if (error.code !== 'LOCKSTEP_POSTGRES_CONCURRENT_CHANGE') throw error;
      return false;
    },
  );
