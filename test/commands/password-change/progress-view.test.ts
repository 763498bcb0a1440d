import t from 'tap';
import { openProgressView } from '../../../src/commands/password-change/progress-view.ts';
import type { LoginChange, Phase } from '../../../src/engine/record/login-record.ts';
import { newLoginRecord } from '../../../src/engine/record/login-record.ts';
import type { SecretRecord } from '../../../src/engine/record/record.ts';
import { newRecord } from '../../../src/engine/record/record.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { aCanary, canarySearcher } from '../../helpers/canary/canary.ts';
import { at } from '../../helpers/engine/record.ts';

const passwords = [aCanary(24), aCanary(24)] as const;
const credential = (index: 0 | 1) => ({ role: 'app', password: Sensitive.fromText(passwords[index]) });
const CHANGE: LoginChange = {
  id: 'one',
  cause: 'requested',
  since: at(0),
  phase: 'preflight',
  entered: at(0),
  from: credential(0),
  to: credential(1),
  restores: undefined,
  fault: undefined,
};
const START = newRecord('u', new Map([['A', Sensitive.fromText(passwords[0])]]), {
  time: at(0),
  by: 'kubectl',
  why: { kind: 'seen' },
});
const LOGIN = newLoginRecord('u', 'app');
const inPhase = (
  phase: Phase,
  rest: Partial<LoginChange> = {},
  record: Partial<SecretRecord> = {},
): SecretRecord => ({
  ...START,
  ...record,
  login: { ...LOGIN, change: { ...CHANGE, phase, ...rest } },
});
const ROLLOUT = {
  changes: [{ number: 2, time: at(3), keys: ['A'] }],
  done: new Map(),
  current: { workload: 'Deployment/api', since: at(3) },
  stopped: undefined,
};
const NOTHING = { waits: undefined, pods: undefined };

function aView({
  isTTY = false,
  env = {},
  columns = 80,
}: {
  isTTY?: boolean;
  env?: Record<string, string>;
  columns?: number;
} = {}) {
  let text = '';
  let clock = 0;
  let tick = (): void => {};
  let isStopped = false;
  const view = openProgressView('shop/app', START, {
    stdout: {
      fd: 1,
      isTTY,
      columns,
      write: (piece: string) => {
        text += piece;
      },
    },
    env,
    clock: () => clock,
    every: (_, act) => {
      tick = act;
      return () => {
        isStopped = true;
      };
    },
  });
  return {
    view,
    text: () => text,
    isStopped: () => isStopped,
    pass: (milliseconds: number) => {
      clock += milliseconds;
      tick();
    },
    /** The current content of a terminal. */
    screen: () => screenOf(text),
  };
}

/** Interprets the output like a terminal: lines, cursor up, clear below. */
function screenOf(text: string): readonly string[] {
  const lines: string[] = [''];
  let row = 0;
  for (const [, up, clear, character = ''] of text.matchAll(/\u001b\[(\d+)A|(\u001b\[J)|([\s\S])/g)) {
    if (up !== undefined) row -= Number(up);
    else if (clear !== undefined) lines.splice(row, lines.length, '');
    else if (character === '\n') {
      row += 1;
      lines[row] ??= '';
    } else if (character !== '\r') lines[row] += character;
  }
  return lines.slice(0, -1);
}

t.test('prints each event as a line without a terminal, also events between two reads', async (t) => {
  const { view, text } = aView();
  view.update(inPhase('preflight'), NOTHING);
  view.update(inPhase('rollout', {}, { rollout: ROLLOUT }), {
    waits: 'Deployment/api is restarted',
    pods: undefined,
  });
  view.print('a warning');
  view.update(inPhase('finalize'), { waits: 'app has a session again', pods: undefined });
  view.update(inPhase('finalize'), { waits: 'app has a session again', pods: undefined });
  t.equal(view.hasPrinted('app has a session again'), true);
  t.equal(view.hasPrinted('Deployment/api is restarted'), false);
  view.end();
  t.same(
    text()
      .split('\n')
      .map((line) => line.replace(/: .*/, '')),
    [
      'the password is changed',
      'preflight',
      'apply',
      'verify',
      'publish',
      'rollout',
      'Deployment/api is restarted',
      'a warning',
      'finalize',
      'Deployment/api is rolled out',
      'waiting',
      '',
    ],
  );
  t.notMatch(text(), '\u001b');
});

t.test('reports a change that rolls back, with the reason', async (t) => {
  const { view, text } = aView();
  view.update(inPhase('rollout'), NOTHING);
  view.update(inPhase('rollback-verify', { fault: 'Deployment/api is\nill' }), NOTHING);
  t.match(text(), /^the change of the password is undone: Deployment\/api is\\u000aill$/m);
  t.match(text(), /^rollback-verify: /m);
  t.notMatch(text(), 'rollback-apply');
});

t.test('redraws the phases on a terminal, with the wait reason and the time', async (t) => {
  const { view, text, screen, pass, isStopped } = aView({ isTTY: true, env: { NO_COLOR: '1' } });
  view.update(START, NOTHING);
  t.same(screen(), ['Secret shop/app: waiting for the change to begin, 0s']);
  view.update(inPhase('preflight'), NOTHING);
  pass(5000);
  view.update(inPhase('rollout', {}, { rollout: ROLLOUT }), {
    waits: undefined,
    pods: '1 of 3 pods have been replaced',
  });
  view.print('a warning\u001b[31m');
  pass(9000);
  t.same(screen(), [
    'a warning\\u001b[31m',
    'Secret shop/app: the password is changed: it was requested, 14s',
    '  ✓ preflight',
    '  ✓ apply',
    '  ✓ verify',
    '  ✓ publish',
    '  ▸ rollout    Deployment/api is restarted: 1 of 3 pods have been replaced, 9s',
    '  · finalize',
  ]);
  const before = text();
  view.update(inPhase('rollout', {}, { rollout: ROLLOUT }), {
    waits: undefined,
    pods: '1 of 3 pods have been replaced',
  });
  t.equal(text(), before, 'what is the same is not drawn again');
  view.end();
  t.ok(isStopped());
  t.same(screen(), ['a warning\\u001b[31m'], 'how it ended is said in words');
});

t.test('keeps each line shorter than the terminal, and prints plain lines on a dumb one', async (t) => {
  const narrow = aView({ isTTY: true, columns: 30, env: { NO_COLOR: '1' } });
  narrow.view.update(inPhase('drain', { to: { ...credential(1), role: 'app_alt' } }), {
    waits: 'x'.repeat(500),
    pods: undefined,
  });
  t.ok(narrow.screen().every((line) => [...line].length < 30));
  t.match(narrow.screen(), ['Secret shop/app: the passwor…']);
  const dumb = aView({ isTTY: true, env: { TERM: 'dumb' } });
  dumb.view.update(inPhase('apply'), NOTHING);
  t.notMatch(dumb.text(), '\u001b');
  const painted = aView({ isTTY: true });
  painted.view.update(inPhase('apply'), NOTHING);
  t.match(painted.text(), '\u001b[1m');
  for (const { text } of [narrow, dumb, painted]) t.same(canarySearcher([...passwords])(text()), []);
});
