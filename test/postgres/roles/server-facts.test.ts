import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { onEachMajor, rolesOn } from '../../helpers/postgres/role-servers.ts';

onEachMajor(t, {}, (on) => {
  on('reads system identifier and timeline with any role', async (t, server) => {
    await server.sql(`CREATE ROLE app LOGIN PASSWORD 'app'`);
    const [control] = await server.sql('SELECT system_identifier::text AS system FROM pg_control_system()');
    const roles = await rolesOn(t, server, { role: 'app', password: 'app', as: 'self' });
    const facts = await roles.facts();
    t.equal(Math.floor(facts.version / 10_000), server.version);
    t.same({ ...facts, version: 0 }, { version: 0, system: control?.system, timeline: 1, standby: false });
  });

  on('reads the other facts without the right to pg_control', async (t, server) => {
    await server.sql(
      `CREATE ROLE app LOGIN PASSWORD 'app'; REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC`,
    );
    t.teardown(() => server.sql('GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC'));
    const facts = await (await rolesOn(t, server, { role: 'app', password: 'app' })).facts();
    t.match({ system: facts.system, timeline: facts.timeline }, { system: undefined, timeline: 1 });
  });

  on(
    'reports a change refused by a standby, and a new timeline right after its promotion',
    async (t, server) => {
      await server.sql('CREATE ROLE app LOGIN');
      await server.stop();
      writeFileSync(join(server.dataDir, 'standby.signal'), '');
      // No automatic checkpoint happens while the test runs.
      await server.start({ checkpoint_timeout: '1h' });
      const roles = await rolesOn(t, server);
      const before = await roles.facts();
      t.match(before, { standby: true, timeline: 1 });
      const error = await roles.setPassword('app', Sensitive.fromText('new'), 'm').catch((error) => error);
      t.match(error, { code: 'LOCKSTEP_POSTGRES_REFUSED', message: /standby/ });

      await server.sql('SELECT pg_promote()');
      const after = await (await rolesOn(t, server)).facts();
      t.match(after, { standby: false, timeline: 2, system: before.system });
      await (await rolesOn(t, server)).setPassword('app', Sensitive.fromText('new'), 'm');
    },
  );
});
