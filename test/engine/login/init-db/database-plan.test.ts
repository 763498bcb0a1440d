import t from 'tap';
import {
  type NewDatabaseFacts,
  planNewDatabase,
  type Recreation,
} from '../../../../src/engine/login/init-db/database-plan.ts';

const NOW = new Date('2026-11-25T12:00:00Z');
const ROLE = { mayLogin: true, isSuperuser: false, validUntil: undefined, databases: ['shop'] };
const FULL = { owner: 'app', objects: 3 };

const planned = (rest: Partial<NewDatabaseFacts>, recreation?: Recreation) =>
  planNewDatabase(
    {
      role: 'app',
      database: 'shop',
      login: { kind: 'password-refused' },
      existingRole: undefined,
      existingDatabase: undefined,
      ...rest,
    },
    recreation,
    NOW,
  );

const why = (...args: Parameters<typeof planned>): string => {
  const plan = planned(...args);
  return plan.kind === 'refused' ? plan.why : plan.kind;
};

t.test('creates role and database on an empty server', async (t) => {
  t.same(planned({}), { kind: 'steps', steps: ['make-role', 'make-database'] });
});

t.test('continues after a crash without repeating a step', async (t) => {
  t.same(planned({ login: { kind: 'no-database' }, existingRole: { ...ROLE, databases: [] } }), {
    kind: 'steps',
    steps: ['make-database'],
  });
  t.same(planned({ login: { kind: 'ok', standby: false }, existingRole: ROLE, existingDatabase: FULL }), {
    kind: 'nothing',
  });
});

t.test('does not replace a wrong password', async (t) => {
  t.match(
    why({ existingRole: { ...ROLE, databases: [] } }),
    /with another password, which is not changed here/,
  );
  t.match(why({ existingRole: ROLE, existingDatabase: FULL }), /lockstep rotate/);
  t.match(
    why({ existingRole: ROLE, existingDatabase: { owner: 'other', objects: 0 } }),
    /belongs to role other/,
  );
  t.match(why({ existingDatabase: { owner: 'other', objects: 0 } }), /belongs to role other/);
});

t.test('reports other causes of a failed login', async (t) => {
  t.match(why({ existingRole: { ...ROLE, mayLogin: false } }), /ALTER ROLE app LOGIN/);
  t.match(why({ existingRole: { ...ROLE, validUntil: new Date('2026-01-01') } }), /has run out/);
  t.match(
    why({ existingRole: ROLE, existingDatabase: FULL, login: { kind: 'no-connect-right' } }),
    /GRANT CONNECT/,
  );
  t.match(why({ existingRole: ROLE, login: { kind: 'no-database', unproven: true } }), /nothing is proven/);
});

t.test('deletes a database with data only after a confirmation by name', async (t) => {
  const held = { existingRole: ROLE, existingDatabase: FULL };
  t.match(why(held, { deleting: undefined }), /holds 3 .*--yes-delete-data=shop/);
  t.match(why(held, { deleting: 'other' }), /holds 3 .*--yes-delete-data=shop/);
  const begin = { kind: 'steps', steps: ['drop-database', 'set-password', 'make-database'] };
  t.same(planned(held, { deleting: 'shop' }), begin);
  t.same(
    planned({ existingRole: ROLE, existingDatabase: { owner: 'app', objects: 0 } }, { deleting: undefined }),
    begin,
  );
});

t.test('continues a recreation after a crash at each step, and never repeats it', async (t) => {
  const twice = { deleting: 'shop' };
  const bare = { ...ROLE, databases: [] };
  t.same(planned({ existingRole: bare }, twice), { kind: 'steps', steps: ['set-password', 'make-database'] });
  t.match(why({ existingRole: bare }, { deleting: undefined }), /--yes-delete-data=shop/);
  t.same(planned({ existingRole: bare, login: { kind: 'no-database' } }, twice), {
    kind: 'steps',
    steps: ['make-database'],
  });
  t.same(
    planned({ existingRole: ROLE, existingDatabase: FULL, login: { kind: 'ok', standby: false } }, twice),
    {
      kind: 'nothing',
    },
  );
});

t.test('never recreates a role that others need', async (t) => {
  const twice = { deleting: 'shop' };
  t.match(why({ existingRole: { ...ROLE, isSuperuser: true }, existingDatabase: FULL }, twice), /superuser/);
  t.match(
    why({ existingRole: { ...ROLE, databases: ['shop', 'crm'] }, existingDatabase: FULL }, twice),
    /database crm as well/,
  );
  t.match(
    why({ existingRole: ROLE, existingDatabase: { owner: 'other', objects: 9 } }, twice),
    /belongs to role other/,
  );
});
