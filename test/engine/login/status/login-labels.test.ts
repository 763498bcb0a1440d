import t from 'tap';
import type { LoginResult } from '../../../../src/engine/login/result/login-result.ts';
import { loginLabels, type NamedLogin } from '../../../../src/engine/login/status/login-labels.ts';
import { newLoginRecord } from '../../../../src/engine/secret/record/login-record.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';

const HOST = 'cK9vTq2mWz7x';
const ROLE = 'uR4nBs8kLp3d';
const DATABASE = 'dH6jYf1gXc5e';

const VERDICTS: readonly LoginResult[] = [
  ...(
    [
      ...[
        'password-refused',
        'wrong-password',
        'unknown-role',
        'expired',
        'no-password',
        'no-login',
        'pg-hba',
      ],
      ...['dns', 'refused', 'timeout', 'cut', 'too-many-connections', 'starting-up', 'not-postgres', 'other'],
      ...['other-method', 'tls'],
    ] as const
  ).map((kind) => ({ kind })),
  { kind: 'no-database', unproven: true },
  { kind: 'no-connect-right', unproven: true },
  { kind: 'ok', standby: false, unproven: true },
  ...(['absent', 'wanted', 'untrusted', 'other-name', 'expired', 'no-authority', 'handshake'] as const).map(
    (why) => ({ kind: 'tls', why }) as const,
  ),
];

const names = (different: Partial<NamedLogin> = {}) =>
  loginLabels({
    spec: {
      keys: { user: 'PGUSER', password: 'PGPASSWORD', database: 'PGDATABASE' },
      server: {},
      allowedRoles: undefined,
    },
    login: newLoginRecord('uid', ROLE),
    target: { host: HOST, port: 5432, database: DATABASE, tls: { mode: 'disable' } },
    ...different,
  });

t.test('shows no text of a Secret before a server has accepted it', async (t) => {
  for (const verdict of VERDICTS) {
    const sentence = names().sentence(ROLE, verdict);
    const ofAdmin = names().adminSentence(ROLE, verdict);
    for (const value of [HOST, ROLE, DATABASE]) {
      t.notOk(sentence.includes(value), sentence);
      t.notOk(ofAdmin.includes(value), ofAdmin);
    }
  }
  t.equal(names().roleLabel(ROLE), 'the role under PGUSER');
  t.equal(names().server, 'the address in the Secret');
});

t.test('names a role as soon as its login is accepted', async (t) => {
  t.match(names().sentence(ROLE, { kind: 'ok', standby: true }), `role ${ROLE}`);
  t.match(names().sentence(ROLE, { kind: 'no-connect-right' }), `role ${ROLE}`);
  const current = { role: ROLE, password: Sensitive.fromText('x') };
  const later = names({ login: { ...newLoginRecord('uid', ROLE), current, at: `${HOST}:5432 disable` } });
  t.match(later.sentence(ROLE, { kind: 'password-refused' }), `${HOST}:5432 refuses role ${ROLE}:`);
  t.equal(later.roleLabel(`${ROLE}_alt`), `role ${ROLE}_alt`);
  t.equal(later.roleLabel('swapped'), 'the role under PGUSER');
  t.notMatch(later.sentence(ROLE, { kind: 'no-database' }), DATABASE);
});

t.test('still names a role whose login was accepted before', async (t) => {
  const previous = { role: 'before', password: Sensitive.fromText('x') };
  const later = names({ login: { ...newLoginRecord('uid', ROLE), previous } });
  t.equal(later.roleLabel('before'), 'role before');
  t.equal(later.roleLabel(ROLE), 'the role under PGUSER', 'the owner only with a login that is proven now');
});

t.test('shows the names that are in the PostgresCredential', async (t) => {
  const { spec } = { spec: { keys: { user: 'U', password: 'P', database: 'D' } } };
  const reported = names({ spec: { ...spec, server: { host: HOST }, allowedRoles: [ROLE] } });
  t.match(reported.sentence(ROLE, { kind: 'password-refused' }), `${HOST}:5432 refuses role ${ROLE}:`);
});

t.test('names the default user of Redis, which stands in no Secret', async (t) => {
  const keys = { user: 'REDIS_USERNAME', password: 'REDIS_PASSWORD', database: '', system: 'redis' } as const;
  const { roleLabel } = names({ spec: { keys, server: {}, allowedRoles: undefined } });
  t.equal(roleLabel('default'), 'user default');
  t.equal(roleLabel(ROLE), 'the user under REDIS_USERNAME');
});
