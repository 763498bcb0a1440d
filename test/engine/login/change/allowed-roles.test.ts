import t from 'tap';
import {
  allowedRoles,
  type ProvenRoles,
  provenRolesIn,
  withProvenRole,
  withProvenRoles,
} from '../../../../src/engine/login/change/allowed-roles.ts';

const DB = 'db:5432';
const app = { role: 'app', owner: 'app' };
const appAlt = { role: 'app_alt', owner: 'app' };
const proven: ProvenRoles = { server: DB, roles: ['app'] };

t.test('an administrator may change only the proven role, on the server of the proof', async (t) => {
  const inPlace = { allowedRoles: undefined, strategy: 'SingleUser' } as const;
  t.same(allowedRoles(inPlace, undefined, DB), []);
  t.same(allowedRoles(inPlace, proven, DB), ['app']);
  t.same(allowedRoles(inPlace, proven, 'other:5432'), []);
  t.same(allowedRoles(inPlace, proven, 'db:6432'), [], 'another port is another server');
});

t.test('with alternating users, the other role of the pair is allowed too', async (t) => {
  const pair = { allowedRoles: undefined, strategy: 'AlternatingUsers' } as const;
  t.same(allowedRoles(pair, proven, DB), ['app', 'app_alt']);
  t.same(allowedRoles(pair, { server: DB, roles: ['app', 'app_alt'] }, DB), ['app', 'app_alt']);
  t.same(allowedRoles(pair, proven, 'other:5432'), []);
});

t.test('roles that the PostgresCredential names replace the proven ones', async (t) => {
  for (const strategy of ['SingleUser', 'AlternatingUsers'] as const) {
    t.same(allowedRoles({ allowedRoles: ['reports'], strategy }, proven, DB), ['reports']);
    t.same(allowedRoles({ allowedRoles: [], strategy }, proven, DB), []);
  }
});

t.test('the first proof decides', async (t) => {
  t.same(withProvenRole(undefined, DB, app), proven);
  t.same(withProvenRole(undefined, DB, appAlt), { server: DB, roles: ['app', 'app_alt'] });
  t.equal(withProvenRole(proven, DB, app), proven);
  t.equal(withProvenRole(proven, DB, { role: 'postgres', owner: 'postgres' }), proven);
  t.equal(withProvenRole(proven, DB, { role: 'postgres_alt', owner: 'postgres' }), proven);
  const both = withProvenRole(proven, DB, appAlt);
  t.same(both, { server: DB, roles: ['app', 'app_alt'] });
  t.equal(withProvenRole(both, DB, appAlt), both);
});

t.test('another server needs its own proof', async (t) => {
  const other = 'db:6432';
  t.same(withProvenRole(proven, other, { role: 'reports', owner: 'reports' }), {
    server: other,
    roles: ['reports'],
  });
});

t.test('an invalid status proves nothing', async (t) => {
  t.same(provenRolesIn({ verified: proven }), proven);
  t.same(provenRolesIn({ verified: { server: DB, roles: ['app', 7] } }), proven);
  t.same(provenRolesIn(withProvenRoles({ phase: 'Idle' }, proven)), proven);
  for (const status of [
    undefined,
    {},
    { verified: null },
    { verified: { server: 7, roles: ['app'] } },
    { verified: { server: DB, roles: 'app' } },
    { verified: { server: DB, roles: [] } },
    { verified: { server: DB, roles: [7] } },
  ])
    t.equal(provenRolesIn(status), undefined, JSON.stringify(status));
});
