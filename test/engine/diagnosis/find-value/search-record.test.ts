import t from 'tap';
import { searchRecord } from '../../../../src/engine/diagnosis/find-value/search-objects.ts';
import { SoughtValues } from '../../../../src/engine/diagnosis/find-value/sought-values.ts';
import { type LoginSystem, newLoginRecord } from '../../../../src/engine/secret/record/login-record.ts';
import { newRecord } from '../../../../src/engine/secret/record/record.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { GOOD } from '../../../helpers/engine/engine.ts';
import { at, values } from '../../../helpers/engine/record.ts';

t.test('a record is searched for the passwords of each login', async (t) => {
  const record = newRecord('u1', values({ A: '1' }), { time: at(0), by: 'kubectl', why: { kind: 'seen' } });
  const login = (system: LoginSystem, password: string) => ({
    ...newLoginRecord('u1', 'app', system),
    previous: { role: 'app', password: Sensitive.fromText(password) },
  });
  const two = {
    ...record,
    login: login(undefined, GOOD.password),
    otherLogins: [login('redis', GOOD.other)],
  };
  for (const password of [GOOD.password, GOOD.other]) {
    const { places } = searchRecord({ namespace: 'shop', name: 'app' }, two, new SoughtValues([password]));
    t.match(places, [{ field: { kind: 'login' } }]);
    t.equal(places.length, 1);
  }
});
