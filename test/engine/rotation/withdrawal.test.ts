import t from 'tap';
import { beginLogin, CAUSES, type LoginRecord, PHASES } from '../../../src/engine/record/login-record.ts';
import { beginRecord } from '../../../src/engine/record/record.ts';
import { withdrawnKeys, withdrawnLogin } from '../../../src/engine/rotation/withdrawal.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';

const NOW = new Date('2026-11-25T12:00:00Z');
const RECORD = beginRecord('u', new Map(), { time: NOW, by: 'kubectl', why: { kind: 'seen' } });
const TO = { role: 'app', password: Sensitive.fromText('of the app') };

const withLogin = (rest: Partial<LoginRecord>) => ({
  ...RECORD,
  login: { ...beginLogin('u', 'app'), ...rest },
});

t.test('a request that has not begun is withdrawn', async (t) => {
  const withdrawal = withdrawnLogin(withLogin({ wish: { kind: 'rotate' } }));
  t.match(withdrawal, { kind: 'withdrawn', record: { login: { wish: undefined, change: undefined } } });
  t.same(withdrawnLogin(RECORD), { kind: 'nothing' });
  t.same(withdrawnLogin(withLogin({})), { kind: 'nothing' });
});

t.test(
  'a change is withdrawn only before its ALTER ROLE, and only where somebody has asked for it',
  async (t) => {
    for (const phase of PHASES)
      for (const cause of CAUSES) {
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
          withdrawnLogin(withLogin({ change })).kind,
          isOpen ? 'withdrawn' : 'begun',
          `${phase} ${cause}`,
        );
      }
  },
);

t.test('of keys those are withdrawn that were asked for and have no next value', async (t) => {
  const record = { ...RECORD, asked: ['JWT', 'CSRF'] };
  t.match(withdrawnKeys(record, ['JWT']), { kind: 'withdrawn', record: { asked: ['CSRF'] } });
  t.match(withdrawnKeys(record, []), { kind: 'withdrawn', record: { asked: [] } });
  t.same(withdrawnKeys(record, ['OTHER']), { kind: 'nothing' });
  const rotations = new Map([['JWT', { step: 'introduced', since: NOW, previousKey: 'NEXT' } as const]]);
  t.same(withdrawnKeys({ ...record, rotations }, []), { kind: 'begun-keys', keys: ['JWT'] });
});
