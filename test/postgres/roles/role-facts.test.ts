import t from 'tap';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { onEachMajor, rolesOn } from '../../helpers/postgres/role-servers.ts';

onEachMajor(t, {}, (on) => {
  on('reads the attributes of a role', async (t, server) => {
    await server.sql(`
      CREATE ROLE readers; CREATE ROLE "Writers"; CREATE ROLE app LOGIN PASSWORD 'app' VALID UNTIL '2030-01-01 00:00:00+00' IN ROLE readers, "Writers";
      CREATE ROLE group_only; CREATE ROLE endless LOGIN VALID UNTIL 'infinity'; CREATE ROLE over LOGIN VALID UNTIL '-infinity';
      CREATE ROLE far LOGIN VALID UNTIL '294276-12-31'`);
    const roles = await rolesOn(t, server);
    const app = await roles.role('app');
    t.match(app, {
      mayLogin: true,
      isSuperuser: false,
      validUntil: new Date('2030-01-01T00:00:00Z'),
      hasPassword: true,
      mayAlter: true,
      mark: undefined,
      memberOf: ['Writers', 'readers'],
      sessions: 0,
    });
    t.match(await roles.role('group_only'), { mayLogin: false, hasPassword: false, memberOf: [] });
    t.equal((await roles.role('endless'))?.validUntil, undefined);
    t.equal((await roles.role('over'))?.validUntil?.getTime(), 0);
    t.ok(Number((await roles.role('far'))?.validUntil) > Date.now());
    t.equal((await roles.role('postgres'))?.isSuperuser, true);
    t.equal(await roles.role('nobody'), undefined);
  });

  on('counts the sessions of a role, without its own', async (t, server) => {
    await server.sql(`CREATE ROLE app LOGIN PASSWORD 'app'; CREATE ROLE plain LOGIN PASSWORD 'plain'`);
    const plain = await rolesOn(t, server, { role: 'plain', password: 'plain' });
    await rolesOn(t, server, { role: 'app', password: 'app' });
    const self = await rolesOn(t, server, { role: 'app', password: 'app', as: 'self' });
    t.equal((await plain.role('app'))?.sessions, 2);
    t.equal((await self.role('app'))?.sessions, 1);
    t.equal((await plain.role('plain'))?.sessions, 0);
  });

  on('reports the same right to change a role as the server', async (t, server) => {
    await server.sql(`
      CREATE ROLE app LOGIN PASSWORD 'p'; CREATE ROLE streams LOGIN REPLICATION PASSWORD 'p'; CREATE ROLE root LOGIN SUPERUSER PASSWORD 'p';
      CREATE ROLE creator LOGIN CREATEROLE PASSWORD 'p'; CREATE ROLE granted LOGIN CREATEROLE PASSWORD 'p';
      GRANT app, streams TO granted WITH ADMIN OPTION; CREATE ROLE holder LOGIN PASSWORD 'p'; GRANT app TO holder WITH ADMIN OPTION`);
    for (const who of ['creator', 'granted', 'holder', 'app', 'streams', 'root'])
      for (const whom of ['app', 'streams', 'root']) {
        const roles = await rolesOn(t, server, {
          role: who,
          password: 'p',
          as: who === whom ? 'self' : 'admin',
          mayChange: [whom],
        });
        const mayAlter = (await roles.role(whom))?.mayAlter;
        const done = await roles.setPassword(whom, Sensitive.fromText('p'), undefined).then(
          () => true,
          ({ code }) => (code === 'LOCKSTEP_POSTGRES_REFUSED' ? false : code),
        );
        t.equal(mayAlter, done, `${who} changes ${whom}: ${done}`);
      }
  });

  on('compares a verifier offline, with the right to read it', async (t, server) => {
    await server.sql(`
      CREATE ROLE app LOGIN PASSWORD 'second'; CREATE ROLE bare LOGIN;
      CREATE ROLE plain LOGIN PASSWORD 'p'; CREATE ROLE reader LOGIN PASSWORD 'p' IN ROLE pg_read_all_data`);
    const candidates = ['first', 'second'].map((text) => Sensitive.fromText(text));
    const reader = await rolesOn(t, server, { role: 'reader', password: 'p' });
    t.equal(await reader.matchPassword('app', candidates), 1);
    t.equal(await reader.matchPassword('app', candidates.slice(0, 1)), undefined);
    t.equal(await reader.matchPassword('bare', candidates), undefined);
    t.equal(await reader.matchPassword('nobody', candidates), undefined);
    t.equal((await reader.role('app'))?.hasPassword, true);

    const plain = await rolesOn(t, server, { role: 'plain', password: 'p' });
    t.equal(await plain.matchPassword('app', candidates), 'unknown');
    t.equal((await plain.role('app'))?.hasPassword, undefined);
  });

  on('permits the change of a role without another manager', async (t, server) => {
    await server.sql(`CREATE ROLE app LOGIN PASSWORD 'p' VALID UNTIL '2040-01-01'`);
    const self = await rolesOn(t, server, { role: 'app', password: 'p', as: 'self' });
    t.equal((await self.role('app'))?.otherManager, undefined);
    t.equal((await self.role('postgres'))?.otherManager, undefined);
  });

  on('leaves the roles of a database operator to it', async (t, server) => {
    await server.sql(`CREATE ROLE app LOGIN PASSWORD 'p'; CREATE ROLE other LOGIN; CREATE ROLE streaming_replica REPLICATION LOGIN;
      CREATE ROLE cnpg_pooler_pgbouncer LOGIN`);
    await server.sql('CREATE DATABASE app OWNER app');
    const self = await rolesOn(t, server, { role: 'app', password: 'p', as: 'self' });
    const found = async (role: string) => (await self.role(role))?.otherManager;
    t.match(await found('app'), {
      kind: 'conflict',
      sentence: /^CloudNativePG runs this server and sets the password of app/,
    });
    t.match(await found('cnpg_pooler_pgbouncer'), { kind: 'conflict' });
    t.match(await found('postgres'), { kind: 'conflict' });
    t.match(await found('other'), { kind: 'warning', sentence: /make sure that other is not among/ });
  });

  on('detects each other manager by its own role', async (t, server) => {
    await server.sql('CREATE ROLE app LOGIN');
    const roles = await rolesOn(t, server);
    for (const [telltale, who] of [
      ['robot_zmon', "Zalando's operator"],
      ['_crunchyrepl', 'the operator of Crunchy Data or of Percona'],
    ] as const) {
      await server.sql(`CREATE ROLE ${telltale}`);
      const { sentence } = (await roles.role('app'))?.otherManager ?? {};
      t.ok(sentence?.startsWith(who), who);
      await server.sql(`DROP ROLE ${telltale}`);
    }
  });

  on('refuses a role on lease from Vault, and warns of one next to it', async (t, server) => {
    const leased = 'v-kubernet-shop-pUZ2mZxc9V8hJmF3kW1q-1764000000';
    await server.sql(`CREATE ROLE app LOGIN; CREATE ROLE "v-neck" LOGIN VALID UNTIL '2040-01-01'`);
    const roles = await rolesOn(t, server);
    t.equal((await roles.role('v-neck'))?.otherManager, undefined);
    await server.sql(`CREATE ROLE "${leased}" LOGIN VALID UNTIL '2040-01-01'`);
    t.match((await roles.role(leased))?.otherManager, { kind: 'conflict', sentence: /on lease from Vault/ });
    t.match((await roles.role('app'))?.otherManager, { kind: 'warning', sentence: /no static role/ });
  });
});
