import t from 'tap';
import { type LoginChange, newLoginRecord } from '../../../../src/engine/secret/record/login-record.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { wayOnFrom } from '../../../../src/engine/versions/rollback/stopped-rollout.ts';
import { aVersion } from '../../../helpers/engine/record.ts';

const FIRST = aVersion(3, { TOKEN: 'a' });
const SECOND = aVersion(4, { TOKEN: 'b' });
const ROLLED_BACK = aVersion(5, { TOKEN: 'a' }, { why: { kind: 'rolled-back', to: 3 } });
const UNDONE = aVersion(5, { TOKEN: 'a' }, { why: { kind: 'rolled-back', to: 3, undone: true } });

const CREDENTIAL = { role: 'app', password: Sensitive.fromText('a') };
const CHANGE: LoginChange = {
  id: '1',
  cause: 'requested',
  since: new Date(0),
  phase: 'rollout',
  entered: new Date(0),
  from: CREDENTIAL,
  to: { role: 'app', password: Sensitive.fromText('b') },
  restores: undefined,
  fault: undefined,
};

const wayOn = (
  versions: Parameters<typeof wayOnFrom>[0]['versions'],
  change?: Partial<LoginChange>,
  notWritable?: string,
) => {
  const login = change && { ...newLoginRecord('uid', 'app'), change: { ...CHANGE, ...change } };
  return wayOnFrom({ versions, rollout: undefined, login }, notWritable);
};

t.test('a person rolls back to the version before, if there is one', async (t) => {
  t.same(wayOn([FIRST, SECOND]), { kind: 'rollback', to: 3 });
  t.same(wayOn([FIRST]), { kind: 'fix-workload' });
});

t.test('nobody rolls back a Secret that a rollback refuses', async (t) => {
  t.same(wayOn([FIRST, SECOND], undefined, 'belongs to ExternalSecret/app'), { kind: 'fix-workload' });
  t.same(wayOn([{ ...FIRST, data: undefined }, SECOND]), { kind: 'fix-workload' }, 'its values are lost');
});

t.test('lockstep itself rolls back a password change that can be undone', async (t) => {
  t.same(wayOn([FIRST, SECOND], {}), { kind: 'rolls-back' });
  t.same(wayOn([FIRST, SECOND], { from: undefined }), { kind: 'fix-workload' }, 'no password is known');
  t.same(wayOn([FIRST, SECOND], { phase: 'drain' }), { kind: 'fix-workload' }, 'the change goes on');
});

t.test('a workload with the earlier values has another fault', async (t) => {
  t.same(wayOn([FIRST, SECOND, ROLLED_BACK]), { kind: 'restored' });
  t.same(wayOn([FIRST, SECOND, UNDONE]), { kind: 'restored' });
  t.same(wayOn([FIRST, SECOND], { phase: 'rollback-rollout', fault: 'it did not start' }), {
    kind: 'restored',
  });
});
