import t from 'tap';
import {
  type LoginChange,
  newLoginRecord,
  type Phase,
} from '../../../src/engine/secret/record/login-record.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { changeEvents } from '../../../src/report/history/change-events.ts';
import { printable } from '../../../src/report/printable.ts';
import { at } from '../../helpers/engine/record.ts';

const credential = { role: 'app', password: Sensitive.fromText('p') };
const LOGIN = newLoginRecord('u', 'app');
const inPhase = (phase: Phase, rest: Partial<LoginChange> = {}) => ({
  ...LOGIN,
  change: {
    id: 'one',
    cause: 'requested' as const,
    since: at(0),
    phase,
    entered: at(0),
    from: credential,
    to: credential,
    restores: undefined,
    fault: undefined,
    ...rest,
  },
});
const names = (lines: readonly string[]) => lines.map((line) => line.replace(/: .*/, ''));

t.test('has one line for each event, also between two reads', async (t) => {
  t.same(names(changeEvents(LOGIN, inPhase('preflight'))), ['the password is changed', 'preflight']);
  t.same(names(changeEvents(inPhase('preflight'), inPhase('rollout'))), [
    'apply',
    'verify',
    'publish',
    'rollout',
  ]);
  t.same(names(changeEvents(inPhase('rollout'), inPhase('rollout'))), []);
});

t.test('reports a change that rolls back, with the reason', async (t) => {
  const fault = 'Deployment/api is\nill';
  const lines = changeEvents(inPhase('rollout'), inPhase('rollback-verify', { fault })).map(printable);
  t.same(
    [lines[0], ...names(lines.slice(1))],
    ['the change of the password is undone: Deployment/api is\\u000aill', 'rollback-verify'],
  );
});
