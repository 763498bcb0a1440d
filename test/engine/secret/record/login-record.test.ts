import t from 'tap';
import { forLogin, loginsOf, newLoginRecord } from '../../../../src/engine/secret/record/login-record.ts';

const POSTGRES = newLoginRecord('u1', 'app');
const REDIS = newLoginRecord('u1', 'cache', 'redis');

t.test('the work on one login finds it under `login`, and loses no other', async (t) => {
  const both = { login: POSTGRES, otherLogins: [REDIS] };
  t.equal(forLogin(both, undefined), both);
  const ofRedis = forLogin(both, 'redis');
  t.same(ofRedis, { login: REDIS, otherLogins: [POSTGRES] });
  t.same(forLogin(ofRedis, undefined), both);
  const changed = { ...ofRedis, login: { ...REDIS, owner: 'other' } };
  t.same(loginsOf(forLogin(changed, undefined)), [POSTGRES, changed.login]);
});

t.test('the first login of a kind has no record yet', async (t) => {
  t.same(forLogin({ login: POSTGRES }, 'redis'), { login: undefined, otherLogins: [POSTGRES] });
  const added = { ...forLogin({ login: POSTGRES }, 'redis'), login: REDIS };
  t.same(forLogin(added, undefined), { login: POSTGRES, otherLogins: [REDIS] });
  const none = { login: undefined };
  t.equal(forLogin(none, 'redis'), none);
});
