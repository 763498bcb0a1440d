import t from 'tap';
import { type LoginChange, newLoginRecord } from '../../../../src/engine/secret/record/login-record.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { previousVersion } from '../../../../src/engine/versions/rollback/previous-version.ts';
import { aVersion } from '../../../helpers/engine/record.ts';

const FIRST = aVersion(3, { TOKEN: 'a' });
const SECOND = aVersion(4, { TOKEN: 'b' });
const ROLLED_BACK = aVersion(5, { TOKEN: 'a' }, { why: { kind: 'rolled-back', to: 3 } });
const ROLLOUT = {
  changes: [{ number: 5, time: new Date(0), keys: ['TOKEN'] }],
  done: new Map(),
  current: undefined,
  stopped: { workload: 'Deployment/api', reason: 'exceeded its progress deadline' },
};
const CHANGE: LoginChange = {
  id: '1',
  cause: 'edited',
  since: new Date(0),
  phase: 'rollout',
  entered: new Date(0),
  from: undefined,
  to: { role: 'app', password: Sensitive.fromText('b') },
  restores: undefined,
  fault: undefined,
};
const NOTHING_RUNS = { rollout: undefined, login: undefined };

t.test(
  'it is the version before the last one, also if the rollout of the last one has stopped',
  async (t) => {
    t.same(previousVersion({ versions: [FIRST, SECOND], ...NOTHING_RUNS }), { number: 3 });
    t.same(previousVersion({ versions: [FIRST, SECOND], rollout: ROLLOUT, login: undefined }), { number: 3 });
    t.same(previousVersion({ versions: [FIRST, SECOND, ROLLED_BACK], ...NOTHING_RUNS }), { number: 4 });
  },
);

t.test('a Secret with one version has none', async (t) => {
  t.same(previousVersion({ versions: [FIRST], ...NOTHING_RUNS }), { reason: 'has only one version' });
});

t.test(
  'while a rollback or a password change runs, the same command would lead to another version',
  async (t) => {
    const reason = /^is in the middle of a rollback or a password change: name the version with --to$/;
    const versions = [FIRST, SECOND, ROLLED_BACK];
    t.match(previousVersion({ versions, rollout: ROLLOUT, login: undefined }), { reason });
    const login = newLoginRecord('uid', 'app');
    t.same(previousVersion({ versions, rollout: undefined, login }), { number: 4 });
    const changeRequest = { kind: 'rollback', to: 3 } as const;
    t.match(previousVersion({ versions, rollout: undefined, login: { ...login, changeRequest } }), {
      reason,
    });
  },
);

t.test('it is never a version that lockstep has undone', async (t) => {
  const undone = (number: number, to: number, value: string) =>
    aVersion(number, { TOKEN: value }, { why: { kind: 'rolled-back', to, undone: true } });
  const failed = [FIRST, SECOND, undone(5, 3, 'a')];
  t.same(
    previousVersion({ versions: failed, ...NOTHING_RUNS }),
    { number: 3 },
    'the Secret holds it already',
  );
  t.same(previousVersion({ versions: failed, rollout: ROLLOUT, login: undefined }), { number: 3 });
  const twice = [...failed, aVersion(6, { TOKEN: 'b' }), aVersion(7, { TOKEN: 'c' }), undone(8, 5, 'a')];
  t.same(previousVersion({ versions: twice, ...NOTHING_RUNS }), { number: 5 });
  const later = [...twice, aVersion(9, { TOKEN: 'd' })];
  t.same(previousVersion({ versions: later, ...NOTHING_RUNS }), { number: 8 });
  t.same(previousVersion({ versions: failed.slice(1), ...NOTHING_RUNS }), {
    reason: 'has no earlier version that was not undone',
  });
});

t.test('while lockstep rolls back, the command says so', async (t) => {
  const fault = 'Deployment/api exceeded its progress deadline';
  const change = { ...CHANGE, phase: 'rollback-rollout', fault } as const;
  const login = { ...newLoginRecord('uid', 'app'), change };
  t.same(previousVersion({ versions: [FIRST, SECOND], rollout: undefined, login }), {
    reason: 'is being rolled back by lockstep already: wait, or name the version with --to',
  });
});
