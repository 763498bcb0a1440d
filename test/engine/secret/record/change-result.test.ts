import t from 'tap';
import { changeResult } from '../../../../src/engine/secret/record/change-result.ts';
import {
  type LoginChange,
  type LoginRecord,
  newLoginRecord,
} from '../../../../src/engine/secret/record/login-record.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';

const at = (time: string): Date => new Date(`2026-11-25T${time}Z`);
const to = { role: 'app', password: Sensitive.fromText('of no matter here') };
const change: LoginChange = {
  id: 'one',
  cause: 'requested',
  since: at('12:00:00'),
  phase: 'finalize',
  entered: at('12:00:01'),
  from: to,
  to,
  restores: undefined,
  fault: undefined,
};
const failed = { time: at('11:00:00'), reason: 'no', undone: true };
const before: LoginRecord = { ...newLoginRecord('uid', 'app'), change, rotated: at('10:00:00'), failed };
const ended: LoginRecord = { ...before, change: undefined };

t.test('the record after a change shows its result', async (t) => {
  const end = (after: Partial<LoginRecord>) => changeResult(before, { ...ended, ...after });
  t.equal(end({ rotated: at('12:00:02'), failed: undefined }), 'succeeded');
  t.equal(end({ failed: { ...failed, time: at('12:00:02') } }), 'rolled-back');
  t.equal(end({ failed: { ...failed, time: at('12:00:02'), undone: false } }), 'refused');
  t.equal(end({ diverged: { since: at('12:00:02'), reason: 'another', version: 1 } }), 'diverged');
  t.equal(end({}), 'superseded');
});

t.test('compares times by value after the record is read again', async (t) => {
  const after = { ...ended, rotated: at('10:00:00'), failed: { ...failed, time: at('11:00:00') } };
  t.equal(changeResult(before, after), 'superseded');
});

t.test('a change in progress has no result, and a new change in its place gives one', async (t) => {
  t.equal(changeResult(before, { ...before, change: { ...change, phase: 'drain' } }), undefined);
  t.equal(changeResult(ended, { ...ended, rotated: at('12:00:02') }), undefined);
  t.equal(changeResult(before, { ...before, change: { ...change, id: 'two' } }), 'superseded');
});
