import t from 'tap';
import { phasesOf, recordAfterStep } from '../../../../src/engine/login/change/phases.ts';
import type { Credential } from '../../../../src/engine/secret/record/credential.ts';
import {
  type LoginChange,
  type LoginRecord,
  newLoginRecord,
} from '../../../../src/engine/secret/record/login-record.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { at } from '../../../helpers/engine/record.ts';

const aLogin = (role: string, password: string): Credential => ({
  role,
  password: Sensitive.fromText(password),
});

const OLD = aLogin('app', 'old');
const NEW = aLogin('app', 'new');
const OLDEST = aLogin('app', 'oldest');

/** The record after the last phase of this change, with the known logins `current` and `previous` before it. */
function ended(
  change: Pick<LoginChange, 'from' | 'to'>,
  known: Pick<LoginRecord, 'current' | 'previous'>,
): LoginRecord {
  const whole: LoginChange = {
    id: 'one',
    cause: 'requested',
    since: at(0),
    phase: 'finalize',
    entered: at(1),
    restores: undefined,
    fault: undefined,
    ...change,
  };
  const login = { ...newLoginRecord('uid', 'app'), ...known, change: whole };
  return recordAfterStep(login, whole, { kind: 'done' }, { now: at(2), version: 1 });
}

const text = (one: Credential | undefined): string | undefined =>
  one && `${one.role}:${one.password.withPlaintext(({ text }) => text)}`;

const reported = (login: LoginRecord) => [text(login.current), text(login.previous)];

t.test('a finished change keeps the login from before', async (t) => {
  t.same(reported(ended({ from: OLD, to: NEW }, { current: OLD, previous: OLDEST })), ['app:new', 'app:old']);
  t.same(
    reported(ended({ from: undefined, to: NEW }, { current: OLD, previous: OLDEST })),
    ['app:new', 'app:old'],
    'also where it was not known whether the server had it',
  );
  t.same(reported(ended({ from: undefined, to: NEW }, { current: undefined, previous: undefined })), [
    'app:new',
    undefined,
  ]);
});

t.test('another role with the same password is another login', async (t) => {
  t.same(reported(ended({ from: OLD, to: aLogin('app_alt', 'old') }, { current: OLD, previous: OLDEST })), [
    'app_alt:old',
    'app:old',
  ]);
});

t.test('keeps the earlier login if the server gets the same one again', async (t) => {
  const { role } = OLD;
  const to = aLogin(role, 'new');
  t.same(reported(ended({ from: OLDEST, to }, { current: NEW, previous: OLD })), ['app:new', 'app:old']);
});

t.test('two passwords of one role overlap as two roles do', async (t) => {
  const phases = (change: Partial<LoginChange>) =>
    phasesOf({ from: OLD, to: NEW, phase: 'apply', ...change });
  const ofTwoRoles = phases({ to: aLogin('app_alt', 'new') });
  t.ok(ofTwoRoles.includes('drain'));
  t.same(phases({ overlaps: true }), ofTwoRoles);
  t.notOk(phases({}).includes('drain'));
  t.same(phases({ overlaps: true, from: undefined }), phases({}), 'no login is known that could stay valid');
});
