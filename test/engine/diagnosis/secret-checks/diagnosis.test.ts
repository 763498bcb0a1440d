import t from 'tap';
import type { Observation } from '../../../../src/engine/diagnosis/check-result.ts';
import {
  type CopyState,
  managerOfCopy,
  type SourceFacts,
} from '../../../../src/engine/diagnosis/secret-checks/copies-check.ts';
import {
  diagnoseSecret,
  type SecretFacts,
  type ServerFacts,
} from '../../../../src/engine/diagnosis/secret-checks/diagnosis.ts';
import type { LoginEvidence } from '../../../../src/engine/diagnosis/secret-checks/login-evidence.ts';
import type { ManagedLogin } from '../../../../src/engine/diagnosis/secret-checks/managed-login.ts';
import { deletedSecretCheck } from '../../../../src/engine/diagnosis/secret-checks/record-check.ts';
import type { MismatchExplanation } from '../../../../src/engine/login/change/mismatch-explanation.ts';
import type { RoleFacts } from '../../../../src/engine/login/postgres/role-server.ts';
import type { LoginFault } from '../../../../src/engine/login/result/login-result.ts';
import { newLoginRecord } from '../../../../src/engine/secret/record/login-record.ts';
import { newRecord, type SecretRecord } from '../../../../src/engine/secret/record/record.ts';
import { frameOf } from '../../../../src/engine/secret/record/secret-frame.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { aSecret } from '../../../helpers/engine/engine.ts';
import { at, values } from '../../../helpers/engine/record.ts';

const PASSWORD = Sensitive.fromText('Vq7mT2xLr9KcW4nB8sZd');
const NOW = new Date('2026-11-25T12:00:00Z');

const found = <Fact>(fact: Fact): Observation<Fact> => ({ kind: 'found', fact });

const aLogin = (different: Partial<LoginEvidence> = {}): LoginEvidence => ({
  key: 'POSTGRES_PASSWORD',
  hostKey: undefined,
  role: 'app',
  password: PASSWORD,
  target: { host: 'db.shop.svc', port: 5432, database: 'orders', tls: { mode: 'prefer' } },
  result: { kind: 'ok', standby: false },
  isSpecified: true,
  managed: undefined,
  versionAgain: undefined,
  isHashShaped: false,
  isNormalisable: false,
  matchedCredential: undefined,
  admin: undefined,
  ...different,
});

const aRole = (different: Partial<RoleFacts> = {}): RoleFacts => ({
  oid: '16384',
  mayLogin: true,
  isSuperuser: false,
  validUntil: undefined,
  hasPassword: true,
  verifier: 'scram',
  mayAlter: true,
  mark: undefined,
  memberOf: [],
  mayBecome: [],
  members: [],
  privileges: [],
  sessions: 0,
  ...different,
});

const FOLLOW = {
  command: 'lockstep rotate shop/app --from-secret',
  effect: 'sets the password of the Secret in the server',
  changesSecret: false,
} as const;
const BACK = {
  command: 'lockstep rollback shop/app --to 3',
  effect: 'restores version 3 of the Secret',
  changesSecret: true,
} as const;

/** The login of a PostgresCredential. The server has a known password if there are `ways`. */
const aManaged = (
  ways: MismatchExplanation['ways'] = [],
  different: Partial<ManagedLogin> = {},
): ManagedLogin => ({
  explanation: { problem: 'the two differ', ways, advice: undefined },
  isOtherRole: false,
  isNewPassword: false,
  isServerKnown: ways.length > 0,
  missing: { administrator: false, allowedRoles: [] },
  ...different,
});

/** The server refuses the login of a PostgresCredential. */
const refused = (different: Partial<LoginEvidence> = {}): LoginEvidence =>
  aLogin({ result: { kind: 'password-refused' }, managed: aManaged(), ...different });

/** The same without a PostgresCredential. */
const refusedAlone = (different: Partial<LoginEvidence> = {}): LoginEvidence =>
  refused({ managed: undefined, ...different });

const RENDER =
  'kubectl -n shop get secret app -o yaml | lockstep render --context "$(kubectl config current-context)" - | kubectl replace -f -';

const NO_REFERENCES = {
  readers: 0,
  objects: [],
  made: [],
  unread: [],
  isUnknown: false,
  isAbsent: false,
  grantHint: '',
  placeOfFix: '',
};

/** Those of the server of PostgreSQL stand beside the others. */
type Facts = SecretFacts & ServerFacts;

function facts(different: Partial<Facts> = {}): SecretFacts {
  const server = {
    system: undefined,
    credentialName: 'login',
    notReadyReason: undefined,
    adminSecret: undefined,
    adminRole: 'dba',
    adminFault: undefined,
    loginFault: undefined,
    ...different,
  };
  return {
    place: { namespace: 'shop', name: 'app' },
    lockstepNamespace: 'lockstep-system',
    now: NOW,
    otherManager: undefined,
    servers: [server],
    correctedKeys: [],
    logins: [aLogin()],
    findings: found({ findings: [], correctedKeys: [] }),
    credential: found({ credentials: [] }),
    copies: [],
    record: found({ kind: 'absent' }),
    consumers: found([]),
    restarts: { mayRestart: true, isLed: true },
    references: found(NO_REFERENCES),
    ...different,
  };
}

const checkOf = (name: string, different: Partial<Facts>) =>
  diagnoseSecret(facts(different)).find(({ check }) => check === name);

const loginOf = (login: LoginEvidence, different: Partial<Facts> = {}) =>
  checkOf('login', { logins: [login], ...different });

t.test('reports the checks in a fixed order, with one for each login', async (t) => {
  t.same(
    diagnoseSecret(facts({ logins: [aLogin(), aLogin({ key: 'DIRECT_URL' })] })).map(({ check }) => check),
    ['values', 'credential', 'record', 'login', 'login', 'consumers', 'references'],
  );
  t.match(checkOf('login', { logins: [] }), {
    outcome: 'ok',
    message: /holds no login of PostgreSQL or Redis that can be tried/,
  });
  t.match(checkOf('login', { logins: [], loginFault: 'the Secret names no server' }), {
    outcome: 'fault',
    message: 'the Secret names no server',
  });
});

t.test('reports an unknown fact as unknown, with a fix', async (t) => {
  const unknown = { kind: 'unknown', why: 'it is forbidden', fix: 'ask for it' } as const;
  for (const check of ['findings', 'credential', 'record', 'consumers'] as const) {
    const reported = diagnoseSecret(facts({ [check]: unknown })).filter(
      ({ outcome }) => outcome === 'unknown',
    );
    t.match(reported, [{ message: 'it is forbidden', fix: 'ask for it' }], check);
  }
});

t.test('gives one command for each cause of a refused login', async (t) => {
  const psql = "psql -h db.shop.svc -p 5432 -U dba -d orders -c '";
  const rotate = 'lockstep rotate shop/app';
  for (const [login, message, fix] of [
    [
      refused({ admin: { role: undefined, nearestRole: 'App' } }),
      /no such role; there is one called App$/,
      `${psql}CREATE ROLE "app" LOGIN' && ${rotate} --from-secret`,
    ],
    [
      refused({ admin: { role: aRole({ mayLogin: false }), nearestRole: undefined } }),
      /NOLOGIN/,
      `${psql}ALTER ROLE "app" LOGIN'`,
    ],
    [
      refused({ admin: { role: aRole({ validUntil: at(0) }), nearestRole: undefined } }),
      /has expired on 2026-11-25/,
      `${psql}ALTER ROLE "app" VALID UNTIL $$infinity$$'`,
    ],
    [
      refused({ admin: { role: aRole({ hasPassword: false }), nearestRole: undefined } }),
      /PASSWORD NULL/,
      `${rotate} --from-secret`,
    ],
    [refused({ isHashShaped: true }), /looks like the hash/, `${rotate} --from-secret && ${rotate}`],
    [
      refused({
        matchedCredential: { kind: 'itself' },
        admin: { role: aRole({ verifier: 'md5' }), nearestRole: undefined },
      }),
      /md5 hash/,
      `${rotate} --from-secret`,
    ],
    [
      refused({ matchedCredential: { kind: 'itself' }, admin: { role: aRole(), nearestRole: undefined } }),
      /not the server that the administrator sees/,
      /pgbouncer -c RELOAD$/,
    ],
    [
      refused({ matchedCredential: { kind: 'form', form: 'quotes' } }),
      /without the quotes around it$/,
      `${rotate} --from-secret`,
    ],
    [
      refused({ matchedCredential: { kind: 'form', form: 'first-line' } }),
      /its first line/,
      'kubectl -n shop edit secret app',
    ],
    [
      refused({ matchedCredential: { kind: 'form', form: 'first-line' }, isNormalisable: true }),
      /its first line/,
      /lockstep render --context/,
    ],
    [
      refused({ admin: { role: aRole(), nearestRole: undefined } }),
      /is refused: the two differ\. The fix locks out each user/,
      `${rotate} --from-secret`,
    ],
    [
      refusedAlone({ admin: { role: aRole(), nearestRole: undefined } }),
      /none that the Secret is known to have held/,
      /^make a PostgresCredential for it .*, then lockstep rotate shop\/app --from-secret$/,
    ],
    [refusedAlone(), /only an administrator sees/, 'lockstep doctor shop/app --admin-secret NAME'],
  ] as const)
    t.match(loginOf(login), { outcome: 'fault', message, fix });
});

t.test(
  'has the sentences and the commands of the status for the login of a PostgresCredential',
  async (t) => {
    const message =
      'the login of POSTGRES_PASSWORD, role app on db.shop.svc:5432, is refused: the two differ';
    const both = `${BACK.command} ${BACK.effect}; ${FOLLOW.command} ${FOLLOW.effect}`;
    const fixOf = (managed: ManagedLogin, different: Partial<LoginEvidence> = {}) => {
      const check = loginOf(refused({ managed, ...different }));
      t.equal(check?.message, message);
      return check?.fix;
    };
    t.equal(fixOf(aManaged([BACK, FOLLOW])), both);
    t.equal(fixOf(aManaged([FOLLOW])), FOLLOW.command);
    t.equal(fixOf(aManaged([FOLLOW, BACK], { isNewPassword: true })), FOLLOW.command, 'a person has decided');
    t.equal(fixOf(aManaged([BACK], { isNewPassword: true })), BACK.command, 'only this one is not refused');
    // The server has no such role, which is the wrong question for another role than before.
    const absent = { admin: { role: undefined, nearestRole: undefined } };
    t.equal(fixOf(aManaged([BACK], { isOtherRole: true }), absent), BACK.command);
    t.equal(fixOf(aManaged([], { isOtherRole: true }), absent), 'kubectl -n shop edit secret app');
  },
);

t.test('first changes the PostgresCredential so that lockstep may set the password', async (t) => {
  const missing = (administrator: boolean, allowedRoles: readonly string[] = []) => ({
    missing: { administrator, allowedRoles },
  });
  const noPassword = { admin: { role: aRole({ hasPassword: false }), nearestRole: undefined } };
  const fixOf = (managed: Partial<ManagedLogin>, different: Partial<Facts> = {}) =>
    loginOf(refused({ managed: aManaged([], managed), ...noPassword }), different)?.fix;
  const patch = (spec: string) =>
    `kubectl -n shop patch postgrescredential login --type merge -p '{"spec":${spec}}' && ${FOLLOW.command}`;
  t.equal(fixOf(missing(false)), FOLLOW.command);
  t.equal(fixOf(missing(false, ['app'])), patch('{"allowedRoles":["app"]}'));
  const named = { adminSecret: 'dba' };
  const server = '"adminSecretName":"dba","server":{"host":"db.shop.svc","port":5432}';
  t.equal(fixOf(missing(true), named), patch(`{${server}}`));
  t.equal(fixOf(missing(true, ['app']), named), patch(`{${server},"allowedRoles":["app"]}`));
  t.match(fixOf(missing(true)), /^psql .* -c '\\password "app"'$/, 'no Secret of an administrator is named');
  const notReady = { notReadyReason: 'the Secret is immutable: delete it' };
  t.equal(fixOf(missing(false), notReady), 'the Secret is immutable: delete it');
});

t.test('without a PostgresCredential, names both versions and rolls back', async (t) => {
  const server = { matchedCredential: { kind: 'version', number: 3 } } as const;
  t.match(loginOf(refusedAlone(server)), {
    message: /is refused: the server has the password of version 3, and the Secret a newer one$/,
    fix: BACK.command,
  });
  t.match(loginOf(refusedAlone({ ...server, versionAgain: 2 })), {
    message: /is refused: the server has the password of version 3, and the Secret that of version 2 again$/,
    fix: BACK.command,
  });
});

t.test('a login that works in the same Secret decides the fix of another one', async (t) => {
  const working = aLogin({ key: 'DATABASE_URL', password: Sensitive.fromText('in the URL') });
  const checks = (login: LoginEvidence, other: LoginEvidence, correctedKeys: readonly string[] = []) =>
    diagnoseSecret(facts({ logins: [other, login], correctedKeys })).filter(
      ({ check }) => check === 'login',
    )[1];
  t.match(checks(refusedAlone(), working), {
    message:
      /^the login of POSTGRES_PASSWORD, .* is refused: the password of DATABASE_URL opens this server$/,
    fix: 'kubectl -n shop edit secret app',
  });
  const stale = refusedAlone({ key: 'DATABASE_URL', password: Sensitive.fromText('in the URL') });
  t.match(checks(stale, aLogin(), ['DATABASE_URL']), { fix: RENDER });
  t.match(checks(stale, aLogin({ role: 'reports' })), { fix: /--admin-secret NAME$/ });
  t.match(checks(stale, refused()), {
    message: /is refused, as the login of POSTGRES_PASSWORD is$/,
    fix: '',
  });
});

t.test('without a PostgresCredential, gives a command for people', async (t) => {
  const alone = { credentialName: undefined } as const;
  for (const [login, fix] of [
    [
      refusedAlone({ admin: { role: undefined, nearestRole: undefined } }),
      `CREATE ROLE "app" LOGIN' -c '\\password "app"'`,
    ],
    [
      refusedAlone({ admin: { role: aRole({ hasPassword: false }), nearestRole: undefined } }),
      `-c '\\password "app"'`,
    ],
    [
      refusedAlone({ isHashShaped: true }),
      'make a PostgresCredential for it (https://github.com/lockstep-dev/lockstep/blob/main/docs/tasks/connect-postgresql.md), then lockstep rotate shop/app --from-secret && lockstep rotate shop/app',
    ],
  ] as const)
    t.ok(loginOf(login, alone)?.fix.endsWith(fix), fix);
});

t.test('gives no command that another manager would undo', async (t) => {
  const fixOf = (login: LoginEvidence, kind: 'conflict' | 'external-store' | 'warning') =>
    loginOf(login, { otherManager: { kind, sentence: 'it is changed there' } })?.fix;
  const behind = refused({ managed: aManaged([FOLLOW]) });
  const locked = refused({ admin: { role: aRole({ mayLogin: false }), nearestRole: undefined } });
  t.equal(fixOf(behind, 'conflict'), 'it is changed there');
  t.equal(fixOf(behind, 'external-store'), 'lockstep rotate shop/app --from-secret');
  t.equal(fixOf(refused({ isHashShaped: true }), 'external-store'), 'it is changed there');
  t.match(fixOf(behind, 'warning'), /^lockstep rotate /);
  t.match(fixOf(locked, 'conflict'), /^psql /);
  t.match(fixOf(refusedAlone(), 'conflict'), /^lockstep doctor /);
});

t.test('quotes hostile roles and hosts as one word of the shell', async (t) => {
  const login = refused({
    role: `a"b'; DROP ROLE dba; --`,
    target: { host: '$(reboot)', port: 5432, database: '`x`', tls: { mode: 'prefer' } },
    admin: { role: aRole({ mayLogin: false }), nearestRole: undefined },
  });
  t.equal(
    loginOf(login)?.fix,
    `psql -h '$(reboot)' -p 5432 -U dba -d '\`x\`' -c 'ALTER ROLE "a""b'\\''; DROP ROLE dba; --" LOGIN'`,
  );
});

t.test('a login that works on another server shows a pooler or a wrong host', async (t) => {
  const open = aLogin({ target: { ...aLogin().target, host: 'primary' } });
  const reported = (login: LoginEvidence) =>
    diagnoseSecret(facts({ logins: [open, login] })).filter(({ check }) => check === 'login')[1];
  t.match(reported(refused()), {
    message: /while the same login opens primary:5432: another server/,
    fix: /RELOAD/,
  });
  t.match(reported(refused({ hostKey: 'DB_HOST' })), {
    fix: /patch secret app .*'\{"stringData":\{"DB_HOST":"primary"\}\}'$/,
  });
  t.notMatch(reported(refused({ password: Sensitive.fromText('another') })), { message: /primary/ });
});

t.test('separates failures that prove nothing about the password', async (t) => {
  const outcomes: Readonly<Partial<Record<LoginFault, string>>> = {
    'no-database': 'fault',
    'no-connect-right': 'fault',
    'pg-hba': 'unknown',
    network: 'unknown',
    dns: 'unknown',
    refused: 'unknown',
    timeout: 'unknown',
    cut: 'unknown',
    tls: 'fault',
    'too-many-connections': 'fault',
    'starting-up': 'unknown',
    'not-postgres': 'fault',
    'weak-method': 'fault',
    'other-method': 'unknown',
    other: 'unknown',
  };
  for (const [kind, outcome] of Object.entries(outcomes)) {
    const reported = loginOf(aLogin({ result: { kind: kind as 'other' } }));
    t.equal(reported?.outcome, outcome, kind);
    t.not(reported?.fix, '', kind);
  }
  const untrusted = { kind: 'tls', why: 'untrusted' } as const;
  t.match(loginOf(aLogin({ result: untrusted })), { outcome: 'unknown', fix: /caSecretName$/ });
  const withCa = { ...aLogin().target, tls: { mode: 'verify-full', ca: 'PEM' } } as const;
  t.match(loginOf(aLogin({ result: untrusted, target: withCa })), { outcome: 'fault' });
  t.match(loginOf(aLogin({ result: { kind: 'tls', why: 'expired' } })), {
    outcome: 'fault',
    fix: 'renew it',
  });
  t.match(loginOf(aLogin({ result: { kind: 'ok', standby: true } })), {
    outcome: 'warning',
    message: /standby/,
  });
  t.match(loginOf(aLogin({ result: { kind: 'ok', standby: false, unproven: true } })), {
    outcome: 'warning',
    message: /nothing is proven/,
  });
});

const aRecord = (different: Partial<SecretRecord> = {}): SecretRecord => ({
  ...newRecord('u', values({ A: 'one' }), { time: at(0), by: 'kubectl', why: { kind: 'seen' } }),
  ...different,
});

const recordCheck = (
  record: SecretRecord,
  data = values({ A: 'one' }),
  logins: readonly LoginEvidence[] = [refused()],
) => checkOf('record', { record: found({ kind: 'read', record, data, notWritable: undefined }), logins });

t.test('reports a change in progress, a rolled back one and a divergence', async (t) => {
  const login = newLoginRecord('u', 'app');
  const credential = { role: 'app', password: PASSWORD };
  t.match(recordCheck(aRecord()), { outcome: 'ok', message: 'it holds version 1, of 2026-11-25T12:00:00Z' });
  t.match(recordCheck(aRecord(), values({ A: 'two' })), { outcome: 'warning', names: ['A'] });
  t.match(
    recordCheck(
      aRecord({
        login: { ...login, diverged: { since: at(1), reason: 'another client was at it', version: 1 } },
      }),
    ),
    {
      outcome: 'fault',
      message:
        'since 2026-11-25T12:00:01Z, Secret and server are not in sync, and lockstep changes neither: another client was at it',
      fix: '',
    },
  );
  const change = {
    id: 'x',
    cause: 'requested',
    since: at(1),
    phase: 'rollout',
    entered: at(2),
    from: credential,
    to: credential,
    restores: undefined,
    fault: undefined,
  } as const;
  t.match(recordCheck(aRecord({ login: { ...login, change } as SecretRecord['login'] })), {
    outcome: 'warning',
    message: 'a change of its login is under way (requested): rollout since 2026-11-25T12:00:02Z',
  });
  t.match(
    recordCheck(
      aRecord({ login: { ...login, failed: { time: at(3), reason: 'a pod did not start', undone: true } } }),
    ),
    {
      outcome: 'warning',
      message: /was undone, on 2026-11-25T12:00:03Z: a pod did not start$/,
    },
  );
  t.match(
    recordCheck(
      aRecord({ login: { ...login, failed: { time: at(3), reason: 'the role is unknown', undone: false } } }),
    ),
    { message: /was not begun, on 2026-11-25T12:00:03Z: the role is unknown$/ },
  );
  t.match(checkOf('record', { record: found({ kind: 'unreadable', reason: 'it has no index' }) }), {
    outcome: 'warning',
    message: /: it has no index$/,
  });
  t.match(checkOf('record', { credentialName: 'login' }), {
    outcome: 'warning',
    fix: /lockstep doctor --cluster$/,
  });
  t.match(checkOf('record', { credentialName: undefined }), { outcome: 'ok' });
});

t.test('reports the PostgresCredential that keeps it in sync, or why none does', async (t) => {
  const one = {
    kind: 'PostgresCredential',
    name: 'a',
    problems: [],
    notReadyReason: undefined,
    synced: { status: 'True', message: '' },
  };
  const kept = (...credentials: readonly object[]) =>
    checkOf('credential', { credential: found({ credentials: credentials as [] }) });
  t.match(kept(), { outcome: 'ok', message: /^no PostgresCredential or RedisCredential names it/ });
  const ofGenerator = { kind: 'PostgresCredential' as const, name: 'a', secretName: 'app' };
  t.match(checkOf('credential', { credential: found({ credentials: [], ofGenerator }) }), {
    outcome: 'fault',
    message: /^PostgresCredential a names app, and kustomize added a hash/,
    fix: /^let kustomize write its name into spec.secretName, .* or set disableNameSuffixHash to true/,
  });
  t.match(kept(one), { outcome: 'ok' });
  t.match(kept(one, { ...one, name: 'b' }), {
    outcome: 'fault',
    fix: 'keep one, and delete the others: kubectl -n shop delete postgrescredential NAME',
    names: ['a', 'b'],
  });
  t.match(kept({ ...one, problems: ['spec.server: needs host'] }), {
    outcome: 'fault',
    names: ['spec.server: needs host'],
  });
  t.match(kept({ ...one, notReadyReason: 'somebody else writes it' }), {
    outcome: 'fault',
    message: 'PostgresCredential a is ignored by the controller: somebody else writes it',
  });
  t.match(kept({ ...one, synced: undefined }), { outcome: 'warning', message: /not been looked at/ });
  t.match(kept({ ...one, synced: { status: 'False', message: 'the server refuses it' } }), {
    outcome: 'warning',
    message: /: the server refuses it$/,
  });
});

t.test('copies that follow, have drifted, or stop each change', async (t) => {
  const copy = (name: string, state: CopyState) => ({ namespace: 'reports', name, state });
  const follows = (hasLogin?: boolean) => ({ kind: 'follows', hasLogin }) as const;
  const obstacle = { kind: 'obstacle', reason: 'the copy reports/b is immutable' } as const;
  const unread = { kind: 'unread', why: 'this user may not', fix: 'ask' } as const;
  t.equal(checkOf('copies', {}), undefined);
  for (const [states, outcome, message, names] of [
    [[follows(true), follows(true)], 'ok', 'all copies agree, and have its login: 2', []],
    [[follows(), follows(true)], 'ok', 'all copies agree: 2', []],
    [[follows(true), unread], 'unknown', '1 of 2 copies could not be read: this user may not', []],
    [
      [follows(false), unread],
      'warning',
      '1 of 2 copies do not have the login that the server has, and the controller writes it into them',
      ['reports/0'],
    ],
    [
      [obstacle, follows(false)],
      'fault',
      "no password change begins, because 1 of 2 copies can't follow",
      [obstacle.reason],
    ],
  ] as const)
    t.match(checkOf('copies', { copies: states.map((state, at) => copy(String(at), state)) }), {
      outcome,
      message,
      names,
    });
});

t.test('a copy names the Secret that it follows', async (t) => {
  const source = { namespace: 'shop', name: 'login' };
  const asCopy = (different: Partial<SourceFacts>) => {
    const fact = { source, credentialName: found('app'), hasLogin: true, ...different };
    return checkOf('credential', { credential: found({ credentials: [], source: fact }) });
  };
  for (const [different, outcome, message] of [
    [{}, 'ok', /^it is a copy of Secret shop\/login, and follows its PostgresCredential app$/],
    [{ hasLogin: undefined }, 'ok', /follows/],
    [{ hasLogin: false }, 'warning', /without the login that the server has, and the controller writes it$/],
    [{ credentialName: found(undefined) }, 'warning', /no PostgresCredential of that Secret names it/],
    [
      { credentialName: { kind: 'unknown', why: 'this user may not', fix: 'ask' } },
      'unknown',
      /^this user may not$/,
    ],
  ] as const)
    t.match(asCopy(different), { outcome, message });
  const fact = { source, credentialName: found('app'), hasLogin: false };
  const otherManager = managerOfCopy(fact);
  t.match(
    loginOf(refusedAlone({ result: { kind: 'wrong-password' } }), { otherManager })?.fix,
    /look there: lockstep doctor shop\/login$/,
  );
  t.equal(managerOfCopy({ ...fact, credentialName: found(undefined) }), undefined);
});

t.test('names the command that creates a deleted Secret again, unless it would be refused', async (t) => {
  const ref = { namespace: 'shop', name: 'app' };
  t.equal(deletedSecretCheck(aRecord(), ref).fix, 'lockstep rollback shop/app');
  const frame = frameOf(aSecret({}, { controller: 'ExternalSecret/app' }));
  t.equal(
    deletedSecretCheck(aRecord({ frame }), ref).fix,
    'have ExternalSecret/app make it again: it wrote this Secret',
  );
});

t.test('reports once why Secret and server are not in sync', async (t) => {
  const reason = 'somebody has changed the role';
  const diverged = { since: at(1), reason, version: 1 };
  const login = { ...newLoginRecord('u', 'app'), diverged };
  const data = values({ A: 'one' });
  const record = { kind: 'read', record: aRecord({ login }), data, notWritable: undefined } as const;
  const synced = { status: 'False', message: reason };
  const credentials = [
    { kind: 'PostgresCredential' as const, name: 'a', problems: [], notReadyReason: undefined, synced },
  ];
  const observed = { credential: found({ credentials }), record: found(record) };
  const explanation = { problem: reason, ways: [], advice: undefined };
  const explained = refused({ managed: { ...aManaged(), explanation } });
  for (const login of [refused(), explained]) {
    const all = diagnoseSecret(facts({ ...observed, logins: [login] }));
    t.equal(all.filter(({ message }) => message.includes(reason)).length, 1);
  }
  t.match(checkOf('record', { ...observed, logins: [aLogin()] }), {
    outcome: 'warning',
    message: /, but the login opens now: lockstep tries it again within 5 minutes$/,
  });
});

t.test('prints the grant that an administrator needs to read pg_authid', async (t) => {
  const admin = { role: aRole({ hasPassword: undefined, verifier: undefined }), nearestRole: undefined };
  const grant = 'dba sees more after GRANT SELECT (rolname, rolpassword) ON pg_authid.';
  t.match(loginOf(refused({ admin })), {
    outcome: 'fault',
    message: `is refused: the two differ. ${grant}`,
    fix: 'lockstep rotate shop/app --from-secret',
  });
  t.match(loginOf(refusedAlone({ admin })), {
    message: `the server has another password, or none. ${grant}`,
  });
});

t.test('names the key of a URL with the password, and warns of a lockout', async (t) => {
  const now = refusedAlone({ matchedCredential: { kind: 'url', key: 'DATABASE_URL', number: undefined } });
  t.match(loginOf(now), {
    message: /the password that DATABASE_URL holds$/,
    fix: 'kubectl -n shop edit secret app',
  });
  const older = refusedAlone({ matchedCredential: { kind: 'url', key: 'DATABASE_URL', number: 2 } });
  t.match(loginOf(older), { message: /the password that DATABASE_URL held in version 2$/ });
  const admin = { role: aRole(), nearestRole: undefined };
  for (const login of [refused({ admin }), refusedAlone({ admin })]) {
    const reported = loginOf(login);
    t.match(reported, { message: /locks out each user/, fix: /lockstep rotate shop\/app --from-secret$/ });
    t.notMatch(reported?.fix, 'password "');
  }
});

t.test('reports the findings of the policies', async (t) => {
  const finding = {
    rule: 'weak',
    key: 'A',
    action: 'Warn',
    message: 'is weak',
    fix: 'set another',
    policy: 'p',
  } as const;
  const values = (findings: readonly object[], fixes: readonly string[] = []) =>
    checkOf('values', { findings: found({ findings: findings as [], correctedKeys: fixes }) });
  t.match(values([]), { outcome: 'ok' });
  t.match(values([finding]), {
    outcome: 'warning',
    message: '1 finding of the policies',
    fix: 'lockstep explain weak says more',
    names: ['data[A]: is weak [lockstep/weak]: set another'],
  });
  t.match(values([finding, { ...finding, action: 'Enforce', rule: 'placeholder' }]), {
    outcome: 'fault',
    message: '2 findings of the policies',
    fix: 'lockstep explain placeholder says more',
  });
  t.match(values([{ ...finding, action: 'Audit' }]), { outcome: 'ok' });
});

t.test('corrects a key only if a login that was tried shows that it helps', async (t) => {
  const inUrl = { key: 'DATABASE_URL', password: Sensitive.fromText('in the URL') };
  const corrected = (logins: readonly LoginEvidence[], keys: readonly string[] = ['DATABASE_URL']) =>
    checkOf('values', { findings: found({ findings: [], correctedKeys: keys }), logins });
  const unreachable = { result: { kind: 'timeout' } } as const;
  const trusted = { result: { kind: 'ok', standby: false, unproven: true } } as const;
  const changed = 'if it were created now, lockstep would correct DATABASE_URL';
  t.match(corrected([]), { outcome: 'fault', message: changed, fix: RENDER }, 'no login');
  t.match(corrected([aLogin()]), { message: changed, fix: RENDER }, 'the key holds no login');
  t.match(corrected([aLogin(), refused(inUrl)]), { message: changed, fix: RENDER });
  const open = {
    message: `${changed}, but the login of DATABASE_URL opens its server: put its values under the base keys`,
    fix: 'kubectl -n shop edit secret app',
  };
  t.match(corrected([refused(), aLogin(inUrl)]), open);
  t.match(corrected([aLogin(), aLogin(inUrl)]), open, 'both work, and may be two servers');
  t.match(corrected([refused(), refused(inUrl)]), { message: changed, fix: '' }, 'neither works');
  const other = aLogin({ role: 'reports' });
  t.match(corrected([other, refused(inUrl)]), { fix: '' }, 'another role works');
  for (const result of [unreachable, trusted])
    t.match(corrected([aLogin(), aLogin({ ...inUrl, ...result })]), {
      message: /must be tried first/,
      fix: '',
    });
  const line = refused({ matchedCredential: { kind: 'form', form: 'first-line' }, isNormalisable: true });
  t.match(corrected([line], ['POSTGRES_PASSWORD']), { fix: RENDER }, 'the correction is what works');
});
