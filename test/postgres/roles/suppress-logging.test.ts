import t from 'tap';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { onEachMajor, rolesOn } from '../../helpers/postgres/role-servers.ts';

const OLD = 'correct horse battery';
const NEW = 'staple of the new one';
const CHATTY = {
  log_statement: 'all',
  log_min_duration_statement: '0',
  log_min_error_statement: 'debug5',
  log_min_messages: 'debug1',
  log_parameter_max_length: '-1',
  log_parameter_max_length_on_error: '-1',
};
const VERIFIER = /SCRAM-SHA-256\$/;

onEachMajor(t, { settings: CHATTY }, (on) => {
  on('writes no password to any log or statement list', async (t, server) => {
    await server.sql(`CREATE ROLE app LOGIN; CREATE ROLE denied LOGIN PASSWORD 'p'`);
    const seen: unknown[] = [];
    const admin = await rolesOn(t, server);
    await admin.setPassword('app', Sensitive.fromText(OLD), 'm1');
    seen.push(await server.sql('SELECT query FROM pg_stat_activity'));
    const self = await rolesOn(t, server, { role: 'app', password: OLD, as: 'self' });
    await self.setPassword('app', Sensitive.fromText(NEW), undefined);
    seen.push(await server.sql('SELECT query FROM pg_stat_activity'));
    const denied = await rolesOn(t, server, { role: 'denied', password: 'p' });
    await t.rejects(denied.setPassword('app', Sensitive.fromText(OLD), 'm2'));
    await admin.matchPassword('app', [Sensitive.fromText(OLD), Sensitive.fromText(NEW)]);

    const said = `${server.log()}${JSON.stringify(seen)}`;
    t.match(said, /ALTER ROLE "app" PASSWORD/, 'of those who may not hush it the log has the verifier');
    for (const password of [OLD, NEW])
      for (const spelt of [password, encodeURIComponent(password), btoa(password)])
        t.notMatch(said, spelt.slice(0, 8));
    t.notMatch(JSON.stringify(seen), VERIFIER);
  });

  on('writes no verifier of a superuser to the log', async (t, server) => {
    await server.sql('CREATE ROLE app LOGIN');
    const before = server.log().length;
    const admin = await rolesOn(t, server);
    await admin.setPassword('app', Sensitive.fromText(NEW), 'm1');
    const said = server.log().slice(before);
    t.match(said, /BEGIN/);
    t.match(said, /COMMIT/);
    t.notMatch(said, VERIFIER);
  });

  on('uses a granted right to change the log settings', async (t, server) => {
    await server.sql(`CREATE ROLE app LOGIN; CREATE ROLE adm LOGIN CREATEROLE PASSWORD 'p'; GRANT app TO adm WITH ADMIN OPTION;
      GRANT SET ON PARAMETER log_statement, log_min_duration_statement, log_min_duration_sample TO adm`);
    const before = server.log().length;
    const admin = await rolesOn(t, server, { role: 'adm', password: 'p' });
    await admin.setPassword('app', Sensitive.fromText(NEW), 'm1');
    t.notMatch(server.log().slice(before), VERIFIER);
  });
});
