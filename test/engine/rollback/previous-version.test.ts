import t from 'tap';
import { newLoginRecord } from '../../../src/engine/record/login-record.ts';
import { previousVersion } from '../../../src/engine/rollback/previous-version.ts';
import { aVersion } from '../../helpers/engine/record.ts';

const FIRST = aVersion(3, { TOKEN: 'a' });
const SECOND = aVersion(4, { TOKEN: 'b' });
const ROLLED_BACK = aVersion(5, { TOKEN: 'a' }, { why: { kind: 'rolled-back', to: 3 } });
const ROLLOUT = {
  changes: [{ number: 5, time: new Date(0), keys: ['TOKEN'] }],
  done: new Map(),
  current: undefined,
  stopped: { workload: 'Deployment/api', reason: 'exceeded its progress deadline' },
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
