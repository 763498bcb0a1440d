import t from 'tap';
import { managedLogin } from '../../../../src/engine/diagnosis/secret-checks/managed-login.ts';
import type {
  LoginEvaluation,
  LoginObservation,
} from '../../../../src/engine/login/change/login-observation.ts';
import { resolveMismatch } from '../../../../src/engine/login/change/password-mismatch.ts';
import type { Credential } from '../../../../src/engine/secret/record/credential.ts';
import {
  type ChangeRequest,
  type LoginRecord,
  newLoginRecord,
} from '../../../../src/engine/secret/record/login-record.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { at, aVersion, values } from '../../../helpers/engine/record.ts';
import { fc } from '../../../helpers/property.ts';

const aLogin = (role: string, password: string): Credential => ({
  role,
  password: Sensitive.fromText(password),
});

const HOUR = 60 * 60;
const OLD = aLogin('app', 'old');
const EDITED = aLogin('app', 'edited');
const login: LoginRecord = { ...newLoginRecord('uid', 'app'), current: OLD };

/** A person has written another password into the Secret, and the server still has the old one. */
const facts: LoginObservation = {
  login,
  data: values({ U: 'app', P: 'edited' }),
  secretCredential: EDITED,
  secretUid: 'uid',
  serverIdentity: 'db:5432',
  versions: [aVersion(1, { U: 'app', P: 'old' }), aVersion(2, { U: 'app', P: 'edited' }, { keys: ['P'] })],
  result: { kind: 'password-refused' },
  workingCredential: OLD,
  server: undefined,
  hasAdmin: false,
  strategy: 'SingleUser',
  isRestored: false,
  keepsPassword: false,
  hasConsent: false,
  mayWriteSecret: true,
  isDue: false,
  keys: { user: 'U', password: 'P' },
  place: { namespace: 'shop', name: 'app' },
  alterableRoles: [],
  now: at(HOUR),
  newPassword: () => Sensitive.fromText('fresh'),
};

const text = (credential: Credential | undefined): string | undefined =>
  credential && `${credential.role}:${credential.password.withPlaintext(({ text }) => text)}`;

/** `edited app:old → app:edited`, or the reason why no change begins. */
function reported(standing: LoginEvaluation): string | undefined {
  if (standing.kind === 'restore') return `restore ${text(standing.to)}: ${standing.reason}`;
  if (standing.kind === 'begin')
    return `${standing.change.cause} ${text(standing.change.from)} → ${text(standing.change.to)}`;
  return `${standing.kind}: ${standing.login.diverged?.reason ?? standing.login.failed?.reason}`;
}

const standing = (more: Partial<LoginObservation> = {}, of: Partial<LoginRecord> = {}) =>
  reported(resolveMismatch({ ...facts, login: { ...login, ...of }, ...more }));

const CARRIED = 'edited app:old → app:edited';
const STRANGER = /^diverged: the Secret names another role than before/;

t.test('sets an edited password in the server', async (t) => {
  t.equal(standing(), CARRIED);
  t.equal(standing({ workingCredential: undefined, hasAdmin: true }), 'edited undefined → app:edited');
  t.equal(
    standing({ workingCredential: undefined }),
    'diverged: the Secret was changed, and no password that is known opens the server. Name an administrator in adminSecretName, or set a password in the Secret that opens the server',
  );
});

t.test('with alternating users, the login in use keeps its password', async (t) => {
  const pair = { strategy: 'AlternatingUsers' } as const;
  t.equal(standing(pair), 'edited app:old → app_alt:edited');
  t.equal(
    standing({ ...pair, workingCredential: aLogin('app_alt', 'old') }),
    'edited app_alt:old → app:edited',
    'the one that is not in use gets what was written for it',
  );
});

t.test('changes no role whose login was never proven', async (t) => {
  const written = aLogin('postgres', 'edited');
  t.match(standing({ secretCredential: written }), STRANGER);
  t.match(standing({ secretCredential: written, strategy: 'AlternatingUsers' }), STRANGER);
  t.match(standing({ secretCredential: written, workingCredential: undefined, hasAdmin: true }), STRANGER);
  const ofPair = { secretCredential: aLogin('app_alt', 'edited'), strategy: 'AlternatingUsers' } as const;
  t.equal(standing(ofPair), 'edited app:old → app_alt:edited');
  t.match(standing({ ...ofPair, strategy: 'SingleUser' }), STRANGER);
  t.equal(
    standing({ secretCredential: written, workingCredential: aLogin('postgres', 'known') }),
    'edited postgres:known → postgres:edited',
    'a password that is known opens it',
  );
});

t.test('changes no unproven role on request either', async (t) => {
  const written = aLogin('postgres', 'edited');
  const fromSecret: ChangeRequest = { kind: 'from-secret' };
  t.match(standing({ secretCredential: written }, { changeRequest: fromSecret }), STRANGER);
  t.match(
    standing(
      { secretCredential: written, workingCredential: undefined, hasAdmin: true },
      { changeRequest: { kind: 'rotate' } },
    ),
    STRANGER,
  );
  t.equal(
    standing({ secretCredential: written }, { changeRequest: { kind: 'rotate' } }),
    'requested app:old → app:fresh',
    'the role that is known to open it gets the new password',
  );
  t.equal(
    standing(
      { secretCredential: written, workingCredential: undefined, hasAdmin: true },
      { changeRequest: fromSecret, current: undefined },
    ),
    'from-secret undefined → postgres:edited',
    'of a Secret that has opened no server yet there is no role before',
  );
});

t.test('diverges on an edit that may not be meant for this server', async (t) => {
  t.match(standing({ isRestored: true }), /^diverged: the Secret was restored from a backup/);
  t.match(
    standing({ workingCredential: undefined, hasAdmin: true }, { current: undefined }),
    /^diverged: no login in this Secret has opened the server yet/,
  );
  t.equal(
    standing({ result: { kind: 'no-login' } }),
    'diverged: the role may not log in (NOLOGIN). lockstep doctor shop/app has the command for the server',
  );
});

const AGAIN = { secretUid: 'another' } as const;
const KEPT = { keepsPassword: true } as const;

t.test('a Secret that was created again gets the login back that opens the server', async (t) => {
  t.equal(
    standing(AGAIN),
    'restore app:old: the Secret was created again with another password, and the server has the password of version 1',
  );
  t.match(standing({ ...AGAIN, secretCredential: aLogin('other', 'edited') }), /^restore app:old: /);
  t.match(standing({ ...AGAIN, workingCredential: undefined }), /^diverged: the Secret was created again/);
  t.match(standing({ ...AGAIN, isRestored: true }), /^diverged: the Secret was restored from a backup/);
});

t.test('an edit of a kept password is no request to change the server', async (t) => {
  t.equal(
    standing(KEPT),
    'restore app:old: the policy keeps the password, the Secret was changed, and the server has the password of version 1',
  );
  t.match(
    standing({ ...KEPT, workingCredential: undefined, hasAdmin: true }),
    /^diverged: the policy keeps the password, the Secret was changed, and the server refuses each password/,
  );
  t.match(
    standing({ ...KEPT, secretCredential: aLogin('other', 'old') }),
    STRANGER,
    'only the password is kept',
  );
  const rotate = { changeRequest: { kind: 'rotate' } } as const;
  t.equal(standing(KEPT, rotate), 'requested app:old → app:fresh', 'a command is a request');
  t.equal(standing(KEPT, { changeRequest: { kind: 'from-secret' } }), 'from-secret app:old → app:edited');
});

t.test('an edit with consent is a request, in a Secret that was created again too', async (t) => {
  for (const more of [AGAIN, KEPT, { ...AGAIN, ...KEPT }]) {
    t.equal(standing({ ...more, hasConsent: true }), CARRIED);
    t.match(standing({ ...more, hasConsent: true, isRestored: true }), /^diverged: /);
  }
});

t.test('lockstep writes no Secret that it may not write', async (t) => {
  for (const more of [AGAIN, KEPT]) {
    t.match(standing({ ...more, mayWriteSecret: false }), /^diverged: /);
    t.match(standing({ ...more, copyReason: 'it is a copy' }), /^diverged: /);
  }
});

t.test('only a login that opens the server is restored, and never against consent', async (t) => {
  const observation = fc.record({
    secretUid: fc.constantFrom('uid', 'another'),
    keepsPassword: fc.boolean(),
    hasConsent: fc.boolean(),
    mayWriteSecret: fc.boolean(),
    isRestored: fc.boolean(),
    hasAdmin: fc.boolean(),
    workingCredential: fc.constantFrom(OLD, undefined, aLogin('app_alt', 'old')),
    strategy: fc.constantFrom('SingleUser' as const, 'AlternatingUsers' as const),
    secretCredential: fc.constantFrom(OLD, EDITED, aLogin('other', 'edited')),
    copyReason: fc.constantFrom(undefined, 'it is a copy'),
  });
  fc.assert(
    fc.property(observation, (more) => {
      const evaluation = resolveMismatch({ ...facts, ...more });
      const isForeign = more.secretUid === 'another' || more.keepsPassword;
      if (evaluation.kind === 'restore')
        return (
          evaluation.to === more.workingCredential &&
          evaluation.login.diverged !== undefined &&
          more.mayWriteSecret &&
          !more.isRestored &&
          !more.hasConsent &&
          isForeign &&
          more.copyReason === undefined
        );
      const isPasswordKept = more.keepsPassword && !more.secretCredential.password.equals(OLD.password);
      const isRequest = !(more.secretUid === 'another' || isPasswordKept) || more.hasConsent;
      return evaluation.kind !== 'begin' || isRequest || evaluation.change.cause === 'restored';
    }),
  );
  t.pass();
});

t.test('diverges if a rolled back password is written again', async (t) => {
  const failed = { time: at(0), reason: 'a rollout failed', undone: true };
  const versions = [
    aVersion(1, { U: 'app', P: 'edited' }),
    aVersion(2, { U: 'app', P: 'old' }),
    aVersion(3, { U: 'app', P: 'edited' }),
  ];
  const again =
    /^diverged: the Secret was rolled back, because a rollout failed, and that password was written/;
  t.match(standing({ versions }, { failed }), again);
  t.equal(standing({ versions, now: at(HOUR + 1) }, { failed }), CARRIED, 'an hour is over');
  t.equal(standing({ versions }, { failed: { ...failed, undone: false } }), CARRIED);
  t.equal(standing({ versions: versions.slice(1) }, { failed }), CARRIED, 'another password');
});

t.test('grants a request with the login that works', async (t) => {
  const rotate: ChangeRequest = { kind: 'rotate' };
  t.equal(standing({}, { changeRequest: rotate }), 'requested app:old → app:fresh');
  t.equal(
    standing({ strategy: 'AlternatingUsers' }, { changeRequest: rotate }),
    'requested app:old → app_alt:fresh',
  );
  const unknown = { workingCredential: undefined, strategy: 'AlternatingUsers' } as const;
  t.match(standing(unknown, { changeRequest: rotate }), /^diverged: .* no administrator is named/);
  t.equal(
    standing({ ...unknown, hasAdmin: true }, { changeRequest: rotate }),
    'requested undefined → app:fresh',
  );
});

t.test('writes no copy, but lets the server follow it', async (t) => {
  const isCopy = 'the Secret is a copy';
  t.equal(
    standing({ copyReason: isCopy }, { changeRequest: { kind: 'rotate' } }),
    'diverged: the Secret is a copy. lockstep rotate shop/app --from-secret sets the password of the Secret in the server',
  );
  t.equal(
    standing({ copyReason: isCopy }, { changeRequest: { kind: 'from-secret' } }),
    'from-secret app:old → app:edited',
  );
});

t.test('a later edit of the login replaces a request', async (t) => {
  const wish: ChangeRequest = { kind: 'rotate', after: 1 };
  const granted = 'requested app:old → app:fresh';
  t.equal(standing({}, { changeRequest: wish }), CARRIED);
  t.equal(standing({}, { changeRequest: { ...wish, after: 2 } }), granted, 'it was there when the wish came');
  t.equal(standing({}, { changeRequest: { kind: 'rotate' } }), granted);
  t.equal(standing({ isRestored: true }, { changeRequest: wish }), granted, 'a backup decides nothing');
  const touched = [aVersion(1, { U: 'app', P: 'old' }), aVersion(2, { X: 'x' })];
  t.equal(standing({ versions: touched }, { changeRequest: wish }), granted, 'the login is as it was');
  const diverged = { since: at(0), reason: 'before', version: 2 };
  t.equal(standing({}, { changeRequest: wish, diverged }), granted, 'that edit has been left already');
  t.equal(standing({}, { changeRequest: wish, diverged: { ...diverged, version: 1 } }), CARRIED);
});

t.test('stays diverged until a person writes the login again', async (t) => {
  const diverged = { since: at(0), reason: 'before', version: 2 };
  const left = { ...login, diverged };
  t.same(resolveMismatch({ ...facts, login: left }), { kind: 'diverged', login: left });
  const other = aVersion(3, { X: 'x' });
  t.equal(standing({ versions: [...facts.versions, other] }, { diverged }), 'diverged: before');
  const edit = aVersion(3, { U: 'app', X: 'x' });
  t.equal(standing({ versions: [...facts.versions, edit] }, { diverged }), CARRIED);
});

t.test('sets the password again in a restored server only', async (t) => {
  const before = { system: 'one', timeline: 1 };
  const server = { ...before, memberOf: [] };
  const known = { secretCredential: OLD, workingCredential: aLogin('app', 'older') };
  const restored = 'restored app:older → app:old';
  const changed = /^diverged: .*The Secret has not changed: /;
  t.equal(standing({ ...known, server: { ...server, timeline: 2 } }, { server: before }), restored);
  t.equal(standing({ ...known, server: { ...server, system: 'two' } }, { server: before }), restored);
  t.match(standing({ ...known, server }, { server: before }), changed);
  t.match(standing(known, { server: before }), changed, 'which server it is was not seen');
  t.match(standing({ ...known, server }), changed, 'nor which it was');
  const unopened = {
    secretCredential: OLD,
    workingCredential: undefined,
    server: { ...server, timeline: 2 },
  };
  t.match(standing(unopened, { server: before }), changed);
  t.equal(standing({ ...unopened, hasAdmin: true }, { server: before }), 'restored undefined → app:old');
});

t.test('rolls back only to a version with a login of this role', async (t) => {
  const wish: ChangeRequest = { kind: 'rollback', to: 1 };
  const { kind, ...rest } = resolveMismatch({ ...facts, login: { ...login, changeRequest: wish } });
  t.equal(kind, 'begin');
  t.match(rest, { change: { cause: 'rolled-back', restores: 1, from: OLD, to: OLD, found: EDITED } });
  const back = (version: Record<string, string>, more: Partial<LoginObservation> = {}) =>
    standing({ versions: [aVersion(1, version)], ...more }, { changeRequest: wish });
  const pair = { strategy: 'AlternatingUsers' } as const;
  t.match(back({ U: 'postgres', P: 'old' }), /^in-sync: .* the login of another role/);
  t.match(back({ U: 'postgres', P: 'old' }, pair), /^in-sync: .* the login of another role/);
  t.match(back({ U: 'app_alt', P: 'old' }), /^in-sync: .* the login of another role/);
  t.equal(back({ U: 'app_alt', P: 'old' }, pair), 'rolled-back app:old → app_alt:old');
  t.equal(back({ P: 'old' }), 'rolled-back app:old → app:old', 'a version may name no role');
  t.equal(
    back({ U: 'app', P: 'old' }, { workingCredential: undefined, hasAdmin: true }),
    'rolled-back app:edited → app:old',
    'an administrator needs no password that opens it',
  );
  t.match(back({ U: 'app', P: '' }), /^in-sync: version 1 has no password/);
  t.match(back({ U: 'app' }), /^in-sync: version 1 has no password/);
  t.match(standing({ versions: [] }, { changeRequest: wish }), /^in-sync: version 1 has no password/);
  t.match(resolveMismatch({ ...facts, versions: [], login: { ...login, changeRequest: wish } }).login, {
    changeRequest: undefined,
    failed: { undone: false },
  });
});

t.test('keeps the time of a divergence while its reason stays', async (t) => {
  const since = (reason: string) => {
    const { login: after } = resolveMismatch({
      ...facts,
      login: { ...login, diverged: { since: at(0), reason, version: 0 } },
      result: { kind: 'no-login' },
    });
    return after.diverged;
  };
  const reason = 'the role may not log in (NOLOGIN). lockstep doctor shop/app has the command for the server';
  t.same(since(reason), { since: at(0), reason, version: 2 });
  t.same(since('another'), { since: at(HOUR), reason, version: 2 });
});

/** The secrets that differ, and the commands that end this. */
const explained = (more: Partial<LoginObservation> = {}, of: Partial<LoginRecord> = {}) =>
  reported(resolveMismatch({ ...facts, login: { ...login, ...of }, ...more }))?.replace(/^diverged: /, '');

const FOLLOW = 'lockstep rotate shop/app --from-secret sets the password of the Secret in the server';
const BACK = (version: number) =>
  `lockstep rollback shop/app --to ${version} restores version ${version} of the Secret`;

t.test('names the version that each side has, and both commands', async (t) => {
  const [first, second] = [aLogin('app', 'first'), aLogin('app', 'second')];
  const versions = [
    aVersion(1, { U: 'app', P: 'first' }),
    aVersion(2, { U: 'app', P: 'second' }),
    aVersion(3, { U: 'app', P: 'first' }),
  ];
  const restoredServer = {
    secretCredential: second,
    workingCredential: first,
    versions: versions.slice(0, 2),
  };
  t.equal(
    explained(restoredServer, { current: second }),
    `the server has the password of version 1, and the Secret that of version 2. The Secret has not changed: the server was restored, or another client set the earlier password. ${FOLLOW}. ${BACK(1)}`,
  );
  const old = { secretCredential: first, workingCredential: second, versions };
  const sides = 'with the password of version 1, and the server has the password of version 2';
  t.equal(
    explained({ ...old, secretUid: 'new', mayWriteSecret: false }, { current: second }),
    `the Secret was created again ${sides}. ${BACK(2)}. ${FOLLOW}`,
  );
  t.equal(
    explained({ ...old, isRestored: true }, { current: second }),
    `the Secret was restored from a backup ${sides}. ${BACK(2)}. ${FOLLOW}`,
  );
  const other = { secretCredential: aLogin('postgres', 'second'), workingCredential: second, versions };
  t.equal(
    explained(other, { current: second }),
    `the Secret names another role than before, and its password does not open the server. ${BACK(2)}`,
  );
  t.match(
    explained({ ...other, versions: [] }, { current: second }),
    /does not open the server\. Restore the role, or set a password that opens the server$/,
  );
});

t.test('has the words of Redis for a login there', async (t) => {
  const keys = { user: 'U', password: 'P', system: 'redis' } as const;
  const unknown = { keys, secretCredential: OLD, workingCredential: undefined } as const;
  const other = { keys, secretCredential: aLogin('default', 'edited'), versions: [] };
  const versions = [aVersion(1, { U: 'default', P: 'other' }), ...facts.versions];
  const back = { changeRequest: { kind: 'rollback', to: 1 } } as const;
  const sentences = [
    explained(unknown),
    explained({ ...unknown, hasAdmin: true }),
    explained(other),
    standing({ keys, versions }, back),
  ];
  for (const sentence of sentences) {
    t.match(sentence, /\buser\b/);
    t.notMatch(sentence, /\brole|Postgres|allowedRoles/i);
  }
});

t.test('names no command that is refused', async (t) => {
  const unknown = { secretCredential: OLD, workingCredential: undefined } as const;
  const changed = /The Secret has not changed: another client has changed the role in the server/;
  t.match(explained(unknown), changed);
  t.match(explained(unknown), /\. Name an administrator in adminSecretName, or set a password [\w ]+$/);
  const admin = { ...unknown, hasAdmin: true };
  t.match(
    explained(admin),
    /\. The PostgresCredential must name the role under spec\.allowedRoles first: lockstep doctor shop\/app has the command$/,
  );
  const allowed = { ...admin, alterableRoles: ['app'] };
  t.ok(explained(allowed)?.endsWith(`. ${FOLLOW}`));
  const fault = (kind: 'absent' | 'expired' | 'no-password') => ({
    ...allowed,
    server: { system: undefined, timeline: undefined, memberOf: [], roleFault: { kind, text: 'a fault' } },
  });
  for (const kind of ['absent', 'expired'] as const)
    t.equal(
      explained(fault(kind)),
      'a fault, and the Secret has not changed. lockstep doctor shop/app has the command for the server',
    );
  t.equal(explained(fault('no-password')), `a fault, and the Secret has not changed. ${FOLLOW}`);
  const restored = { isRestored: true, mayRestore: () => false };
  t.match(explained(restored), /and the server has the password of version 1\. lockstep rotate [^.]+$/);
});

t.test('names the URL whose password the server has', async (t) => {
  const url = 'postgresql://app:typed@db/shop';
  const restored = { isRestored: true, workingCredential: aLogin('app', 'typed') };
  t.match(explained({ ...restored, data: values({ URL: url }) }), /has the password that URL holds\./);
  const versions = [aVersion(1, { U: 'app', P: 'old', URL: url })];
  t.match(explained({ ...restored, versions }), /has the password that URL held in version 1\./);
  t.match(explained(restored), /has an earlier password of this login\./);
});

t.test('the doctor adds a role to those that the PostgresCredential allows', async (t) => {
  const missing = (more: Partial<LoginObservation>) =>
    managedLogin({ ...facts, login: newLoginRecord('uid', 'app'), hasAdmin: true, ...more }).missing;
  t.same(missing({ alterableRoles: ['app'] }).allowedRoles, []);
  t.same(missing({ alterableRoles: ['other'] }).allowedRoles, ['other', 'app']);
  t.same(missing({ alterableRoles: [], workingCredential: undefined }).allowedRoles, ['app']);
});
