import t from 'tap';
import type { History, VersionInfo } from '../../../src/engine/versions/history/history.ts';
import { historyObject } from '../../../src/report/history/history-object.ts';
import { historyText } from '../../../src/report/history/history-text.ts';
import { at } from '../../helpers/engine/record.ts';

const version = (number: number, rest: Partial<VersionInfo> = {}): VersionInfo => ({
  number,
  time: at(number),
  by: 'kubectl-edit',
  why: { kind: 'changed' },
  keys: ['TOKEN'],
  isCurrent: false,
  isRestorable: true,
  ...rest,
});
const aHistory = (rest: Partial<History> = {}): History => ({
  namespace: 'shop',
  name: 'app',
  versions: [version(9), version(10, { why: { kind: 'rolled-back', to: 7 }, isCurrent: true })],
  pending: undefined,
  unrecorded: undefined,
  rotations: new Map(),
  requestedKeys: [],
  rollout: undefined,
  logins: [],
  deletedAt: undefined,
  formerOwner: undefined,
  ...rest,
});
const ROLLOUT = {
  changes: [{ number: 10, time: at(10), keys: ['TOKEN'] }],
  done: new Map([['Deployment/api', 10]]),
  current: { workload: 'Deployment/web', since: at(11) },
  stopped: undefined,
};
/** As it is printed. */
const historyJson = (history: History): string => JSON.stringify(historyObject(history));
const lastLine = (rest: Partial<History>) => historyText(aHistory(rest)).trimEnd().split('\n').at(-1);

t.test('the versions are a table, and below it stands what else there is to know', async (t) => {
  t.equal(
    historyText(aHistory()),
    [
      'Secret shop/app',
      '     version  time                  by            reason            keys',
      '           9  2026-11-25T12:00:09Z  kubectl-edit  changed           TOKEN',
      '  *       10  2026-11-25T12:00:10Z  kubectl-edit  rolled back to 7  TOKEN',
      '* is what the Secret holds',
      '',
    ].join('\n'),
  );
  const unrecorded = { by: 'helm', time: at(20), keys: ['A', 'B'] };
  t.equal(
    lastLine({ unrecorded }),
    'changed since by helm at 2026-11-25T12:00:20Z, which is no version yet: A, B',
  );
  t.equal(
    lastLine({ pending: version(11, { why: { kind: 'rotated', step: 'switched' } }) }),
    'version 11 has been begun by kubectl-edit at 2026-11-25T12:00:11Z (rotated: switched), and is not written yet: TOKEN',
  );
  t.equal(
    lastLine({ versions: [version(1, { isRestorable: false }), version(2, { isRestorable: false })] }),
    'version 1, 2 can not be restored: the values were edited in the record',
  );
  t.equal(
    lastLine({ rotations: new Map([['TOKEN', { step: 'introduced', since: at(3), previousKey: 'OLD' }]]) }),
    'rotation of TOKEN: introduced since 2026-11-25T12:00:03Z',
  );
  t.equal(lastLine({ requestedKeys: ['TOKEN'] }), 'asked to be rotated: TOKEN');
  t.equal(
    lastLine({ rollout: ROLLOUT }),
    'rollout of version 10 is under way: 1 restarted, waiting for Deployment/web since 2026-11-25T12:00:11Z',
  );
  const stopped = { workload: 'Deployment/web', reason: 'was too slow' };
  t.equal(
    lastLine({ rollout: { ...ROLLOUT, stopped } }),
    'rollout of version 10 has stopped: Deployment/web was too slow',
  );
  t.equal(
    lastLine({ deletedAt: at(40) }),
    'there has been no such Secret since 2026-11-25T12:00:40Z: lockstep rollback shop/app creates it again',
  );
  t.equal(
    lastLine({ deletedAt: at(40), formerOwner: 'ExternalSecret/app' }),
    'there has been no such Secret since 2026-11-25T12:00:40Z: ExternalSecret/app wrote it, and must make it again',
  );
});

t.test("names are a stranger's: many are cut short, and none writes to the terminal", async (t) => {
  const keys = Array.from({ length: 9 }, (_, n) => `KEY_${n}`);
  const text = historyText(aHistory({ versions: [version(1, { keys, by: '\u001b[31mred\nnew' })] }));
  t.match(text, /KEY_5 and 3 more$/m);
  t.match(text, '\\u001b[31mred\\u000anew');
  t.notMatch(text, '\u001b');
});

t.test('the JSON says the same to programs', async (t) => {
  const history = aHistory({
    versions: [
      version(1, { why: { kind: 'rotated', step: 'retired' } }),
      version(2, { why: { kind: 'rolled-back', to: 1 } }),
      version(3, { why: { kind: 'rolled-back', to: 2, forced: true, except: ['PIN'] } }),
    ],
    rollout: ROLLOUT,
    rotations: new Map([['TOKEN', { step: 'introduced', since: at(3), previousKey: 'OLD' }]]),
    deletedAt: at(50),
  });
  t.same(JSON.parse(historyJson(history)), {
    namespace: 'shop',
    name: 'app',
    versions: [
      {
        version: 1,
        time: '2026-11-25T12:00:01.000Z',
        by: 'kubectl-edit',
        reason: 'rotated',
        step: 'retired',
        keys: ['TOKEN'],
        current: false,
        restorable: true,
      },
      {
        version: 2,
        time: '2026-11-25T12:00:02.000Z',
        by: 'kubectl-edit',
        reason: 'rolled-back',
        to: 1,
        undone: false,
        forced: false,
        except: [],
        keys: ['TOKEN'],
        current: false,
        restorable: true,
      },
      {
        version: 3,
        time: '2026-11-25T12:00:03.000Z',
        by: 'kubectl-edit',
        reason: 'rolled-back',
        to: 2,
        undone: false,
        forced: true,
        except: ['PIN'],
        keys: ['TOKEN'],
        current: false,
        restorable: true,
      },
    ],
    pending: null,
    unrecorded: null,
    rotations: [{ key: 'TOKEN', step: 'introduced', since: '2026-11-25T12:00:03.000Z' }],
    requested: [],
    rollout: { version: 10, done: ['Deployment/api'], waitingFor: 'Deployment/web', stopped: null },
    login: null,
    otherLogins: [],
    deletedAt: '2026-11-25T12:00:50.000Z',
  });
  t.match(JSON.parse(historyJson(aHistory())), { rollout: null, deletedAt: null, requested: [] });
});

const LOGIN: History['logins'][number] = {
  kind: 'PostgresCredential',
  provenVersion: 9,
  change: undefined,
  changeRequest: undefined,
  diverged: undefined,
  failed: undefined,
  rotated: undefined,
  nextRotation: undefined,
};

t.test('prints the state of a login: proven version, change, failure and next rotation', async (t) => {
  const lines = (login: Partial<typeof LOGIN>) =>
    historyText(aHistory({ logins: [{ ...LOGIN, ...login }] }))
      .trimEnd()
      .split('\n')
      .slice(5);
  const PROVEN = 'the server was last proven to have the login of version 9';
  t.same(lines({}), [PROVEN]);
  t.same(lines({ provenVersion: undefined }), ['no version has a login that is proven to open the server']);
  t.same(lines({ change: { cause: 'schedule', phase: 'rollout', since: at(20), fault: undefined } }), [
    PROVEN,
    'since 2026-11-25T12:00:20Z the password is changed: it is time; it is in rollout',
  ]);
  const going = {
    cause: 'edited',
    phase: 'rollback-apply',
    since: at(20),
    fault: 'Deployment/api is ill',
  } as const;
  t.same(lines({ change: going, changeRequest: { kind: 'rollback', to: 3 } }), [
    PROVEN,
    'since 2026-11-25T12:00:20Z the change of the password is undone: Deployment/api is ill; it is in rollback-apply',
    'an earlier version is asked for, with its password in the server, and not begun yet',
  ]);
  t.same(
    lines({
      diverged: { since: at(30), reason: 'somebody has changed\nthe role', version: 9 },
      failed: { time: at(10), reason: 'no rights', undone: false },
      nextRotation: at(90),
    }),
    [
      PROVEN,
      'Secret and server are not in sync since 2026-11-25T12:00:30Z: somebody has changed\\u000athe role',
      'the last change of the password was not begun at 2026-11-25T12:00:10Z: no rights',
      'its schedule changes the password next at 2026-11-25T12:01:30Z',
    ],
  );
  t.same(
    JSON.parse(
      historyJson(aHistory({ logins: [{ ...LOGIN, changeRequest: { kind: 'rotate' }, rotated: at(5) }] })),
    ).login,
    {
      kind: 'PostgresCredential',
      verifiedVersion: 9,
      change: null,
      requested: 'rotate',
      diverged: null,
      failed: null,
      lastRotation: '2026-11-25T12:00:05.000Z',
      nextRotation: null,
    },
  );
});

t.test('the wide table has every key of a version', async (t) => {
  const keys = Array.from({ length: 9 }, (_, index) => `KEY_${index}`);
  const history = aHistory({ versions: [version(1, { keys })] });
  t.match(historyText(history), 'KEY_5 and 3 more\n');
  t.match(historyText(history, true), 'KEY_7, KEY_8\n');
});
