import t from 'tap';
import {
  CHANGE_CAUSES,
  type LoginRecord,
  newLoginRecord,
  PHASES,
} from '../../../../src/engine/secret/record/login-record.ts';
import { newRecord } from '../../../../src/engine/secret/record/record.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import {
  withdrawKeyRequests,
  withdrawLoginRequest,
} from '../../../../src/engine/versions/key-rotation/withdrawal.ts';

const NOW = new Date('2026-11-25T12:00:00Z');
const RECORD = newRecord('u', new Map(), { time: NOW, by: 'kubectl', why: { kind: 'seen' } });
const TO = { role: 'app', password: Sensitive.fromText('of the app') };

const withLogin = (rest: Partial<LoginRecord>) => ({
  ...RECORD,
  login: { ...newLoginRecord('u', 'app'), ...rest },
});

t.test('withdraws a request that has not started', async (t) => {
  const withdrawal = withdrawLoginRequest(withLogin({ changeRequest: { kind: 'rotate' } }));
  t.match(withdrawal, {
    kind: 'withdrawn',
    record: { login: { changeRequest: undefined, change: undefined } },
  });
  t.same(withdrawLoginRequest(RECORD), { kind: 'nothing' });
  t.same(withdrawLoginRequest(withLogin({})), { kind: 'nothing' });
});

t.test('withdraws a requested change only before its ALTER ROLE', async (t) => {
  for (const phase of PHASES)
    for (const cause of CHANGE_CAUSES) {
      const change = {
        id: '1',
        cause,
        since: NOW,
        phase,
        entered: NOW,
        from: undefined,
        to: TO,
        restores: undefined,
        fault: undefined,
      };
      const isOpen = phase === 'preflight' && (cause === 'requested' || cause === 'rolled-back');
      t.equal(
        withdrawLoginRequest(withLogin({ change })).kind,
        isOpen ? 'withdrawn' : 'begun',
        `${phase} ${cause}`,
      );
    }
});

t.test('withdraws only requested keys without a next value', async (t) => {
  const record = { ...RECORD, requestedKeys: ['JWT', 'CSRF'] };
  t.match(withdrawKeyRequests(record, ['JWT']), { kind: 'withdrawn', record: { requestedKeys: ['CSRF'] } });
  t.match(withdrawKeyRequests(record, []), { kind: 'withdrawn', record: { requestedKeys: [] } });
  t.same(withdrawKeyRequests(record, ['OTHER']), { kind: 'nothing' });
  const rotations = new Map([['JWT', { step: 'introduced', since: NOW, previousKey: 'NEXT' } as const]]);
  t.same(withdrawKeyRequests({ ...record, rotations }, []), { kind: 'begun-keys', keys: ['JWT'] });
});
