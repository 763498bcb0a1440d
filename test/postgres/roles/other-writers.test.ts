import t from 'tap';
import { onEachMajor, rolesOn } from '../../helpers/postgres/role-servers.ts';

onEachMajor(t, {}, (on) => {
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
