import t from 'tap';
import { affectsServer } from '../../../src/commands/rollback/password.ts';
import { type LoginRecord, newLoginRecord } from '../../../src/engine/secret/record/login-record.ts';
import { newRecord } from '../../../src/engine/secret/record/record.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { planRollback } from '../../../src/engine/versions/rollback/plan.ts';
import { aSecret, testContext } from '../../helpers/engine/engine.ts';
import { at } from '../../helpers/engine/record.ts';

const KEYS = { user: 'POSTGRES_USER', password: 'POSTGRES_PASSWORD' };
const FIRST = { POSTGRES_USER: 'app', POSTGRES_PASSWORD: 'h3JfPz6RyD1gXw5EuNaQ', FLAG: 'off' };

/** A rollback of a Secret with this data to its first version. */
function concerns(now: Readonly<Record<string, string>>, login: Partial<LoginRecord> = {}): boolean {
  const secret = aSecret({ ...FIRST, ...now });
  const first = aSecret(FIRST).data;
  const current = { role: 'app', password: secret.data.get(KEYS.password) ?? Sensitive.fromText('') };
  const record = {
    ...newRecord('u', first, { time: at(0), by: 'kubectl', why: { kind: 'seen' } }),
    login: { ...newLoginRecord('u', 'app'), current, ...login },
  };
  const request = { operation: 'UPDATE', secret, old: secret, username: undefined } as const;
  const held = { secret, uid: 'u', resourceVersion: '1', written: { time: at(0), by: 'kubectl' } };
  return affectsServer(
    { observed: held, record },
    planRollback({ request }, record, 1, [], testContext),
    KEYS,
  );
}

t.test('affects the server if the version has another login, or if the two may be out of sync', async (t) => {
  t.notOk(concerns({ FLAG: 'on' }), 'the same login');
  t.notOk(concerns({}), 'the same values');
  t.ok(concerns({ POSTGRES_PASSWORD: 'another' }));
  t.ok(concerns({ POSTGRES_USER: 'app_alt' }));
  const diverged = { since: at(1), reason: 'somebody has changed the role', version: 1 };
  t.ok(concerns({ FLAG: 'on' }, { diverged }));
  t.ok(concerns({}, { diverged }));
  t.ok(concerns({ FLAG: 'on' }, { changeRequest: { kind: 'rotate' } }));
  t.ok(concerns({}, { current: { role: 'app', password: Sensitive.fromText('of before') } }));
  t.notOk(concerns({}, { current: undefined }), 'nobody knows anything of a server');
});
