import t from 'tap';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { blocksOf, readPage, sectionOf } from '../../helpers/pages/pages.ts';
import { canLogIn, onEachMajor, rolesOn } from '../../helpers/postgres/role-servers.ts';

const section = sectionOf(await readPage('docs/tasks/create-an-administrator.md'), '## Least privileges');
const [some = '', all = '', helpful = ''] = blocksOf(section).map(({ text }) => text);
const CREATE_ADMIN = /^CREATE ROLE lockstep.*;/m;

onEachMajor(t, { settings: { log_statement: 'all' } }, (on) => {
  on(
    'supports both strategies with the administrator of docs/tasks/create-an-administrator.md, and can do nothing else',
    async (t, server) => {
      await server.sql(`CREATE ROLE app LOGIN PASSWORD 'one'; CREATE ROLE other LOGIN PASSWORD 'o'`);
      await server.sql('CREATE DATABASE shop OWNER app');
      await server.sql('REVOKE CONNECT ON DATABASE shop FROM PUBLIC');
      const grants = server.version >= 16 ? some : all;
      t.match(grants, CREATE_ADMIN);
      await server.sql(`${grants}; ALTER ROLE lockstep PASSWORD 'p'`);
      const entry = { role: 'lockstep', password: 'p', database: 'shop' };
      const admin = await rolesOn(t, server, entry);

      t.equal((await admin.role('app'))?.mayAlter, true);
      await admin.setPassword('app', Sensitive.fromText('two'), 'm1');
      t.ok(await canLogIn(server, 'app', 'two'));
      t.equal((await admin.role('app'))?.mark, 'm1');
      await admin.removeMark('app');

      await admin.makeAlternate('app', 'app_alt', { oid: undefined, mark: 'made-1' });
      await admin.setPassword('app_alt', Sensitive.fromText('three'), 'm2');
      t.ok(await canLogIn(server, 'app_alt', 'three'));
      await admin.setPassword('app', undefined, undefined);
      t.notOk(await canLogIn(server, 'app', 'two'));
      t.type((await admin.role('app'))?.sessions, 'number');
      t.type((await admin.facts()).timeline, 'number');

      t.equal(
        (await admin.role('other'))?.mayAlter,
        server.version < 16,
        'others are no business of its own',
      );
      t.equal(await admin.matchPassword('app_alt', []), 'unknown');
    },
  );

  on('uses each optional right as documented', async (t, server) => {
    await server.sql(
      `CREATE ROLE app LOGIN PASSWORD 'one'; ALTER ROLE app SET log_min_duration_statement = 100`,
    );
    await server.sql('CREATE DATABASE shop OWNER app');
    await server.sql(`${server.version >= 16 ? some : all}; ALTER ROLE lockstep PASSWORD 'p'`);
    await server.sql(helpful, { database: 'shop' });
    const admin = await rolesOn(t, server, { role: 'lockstep', password: 'p', database: 'shop' });
    t.equal(await admin.matchPassword('app', [Sensitive.fromText('one')]), 0);

    const before = server.log().length;
    await admin.setPassword('app', Sensitive.fromText('two'), 'm');
    t.notMatch(server.log().slice(before), /SCRAM-SHA-256\$/);
    await admin.makeAlternate('app', 'app_alt', { oid: undefined, mark: 'made-1' });
    t.ok(await admin.role('app_alt'));
  });
});
