import t from 'tap';
import { isRefused } from '../../src/engine/credential/verdict.ts';
import { Sensitive } from '../../src/engine/sensitive.ts';
import { explainRefusal } from '../../src/postgres/explain-refusal.ts';
import { logIn, THE_PASSWORD } from '../helpers/login.ts';
import { onEachMajor, rolesOn } from '../helpers/role-servers.ts';

/** Each is 28P01 to who logs in with the password, but for the one whose password the server takes before it looks further. */
const CAUSES = [
  ['wrong-password', `CREATE ROLE app LOGIN PASSWORD 'another'`],
  ['unknown-role', 'SELECT 1'],
  ['expired', `CREATE ROLE app LOGIN PASSWORD '${THE_PASSWORD}' VALID UNTIL '2020-01-01'`],
  ['no-password', 'CREATE ROLE app LOGIN'],
  ['no-login', `CREATE ROLE app NOLOGIN PASSWORD '${THE_PASSWORD}'`],
  ['wrong-password', `CREATE ROLE app LOGIN PASSWORD 'another' VALID UNTIL 'infinity'`],
  ['expired', `CREATE ROLE app LOGIN PASSWORD '${THE_PASSWORD}' VALID UNTIL '-infinity'`],
] as const;

onEachMajor(t, {}, (on) => {
  for (const [cause, sql] of CAUSES) {
    on(`${cause}: ${sql.replace(/'.*'/, '…')}`, async (t, server) => {
      await server.sql(sql);
      t.ok(isRefused(await logIn(server)));
      const roles = await rolesOn(t, server);
      const credential = { role: 'app', password: Sensitive.fromText(THE_PASSWORD) };
      t.equal(await explainRefusal(roles, credential, new Date()), cause);
    });
  }

  on('who may not see verifiers says no more than the role itself is told', async (t, server) => {
    await server.sql(
      `CREATE ROLE app LOGIN PASSWORD 'another'; CREATE ROLE dba LOGIN CREATEROLE PASSWORD 'dba'`,
    );
    const roles = await rolesOn(t, server, { role: 'dba', password: 'dba' });
    const credential = { role: 'app', password: Sensitive.fromText(THE_PASSWORD) };
    t.equal(await explainRefusal(roles, credential, new Date()), 'password-refused');
    t.equal(await explainRefusal(roles, { ...credential, role: 'nobody' }, new Date()), 'unknown-role');
  });
});
