import t from 'tap';
import { evaluateLogin } from '../../../../src/engine/login/change/evaluate-login.ts';
import type { LoginObservation } from '../../../../src/engine/login/change/login-observation.ts';
import { type LoginRecord, newLoginRecord } from '../../../../src/engine/secret/record/login-record.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { at, aVersion } from '../../../helpers/engine/record.ts';

const written = { role: 'app', password: Sensitive.fromText('in force') };
const login: LoginRecord = {
  ...newLoginRecord('uid', 'app'),
  at: 'db:5432 disable',
  auth: 'scram-sha-256',
  current: written,
  server: { system: '7', timeline: 1 },
};

/** The login in the Secret opens the server, and nothing is new. */
const facts: LoginObservation = {
  login,
  data: new Map(),
  secretCredential: written,
  secretUid: 'uid',
  serverIdentity: 'db:5432 disable',
  versions: [aVersion(1, { U: 'app', P: 'in force' })],
  result: { kind: 'ok', standby: false },
  workingCredential: undefined,
  server: { system: '7', timeline: 1, memberOf: [] },
  hasAdmin: true,
  strategy: 'SingleUser',
  isRestored: false,
  keepsPassword: false,
  hasConsent: false,
  mayWriteSecret: true,
  isDue: false,
  keys: { user: 'U', password: 'P' },
  place: { namespace: 'shop', name: 'app' },
  alterableRoles: [],
  now: at(60),
  newPassword: () => Sensitive.fromText('fresh'),
};

const standing = (of: Partial<LoginRecord>, more: Partial<LoginObservation> = {}) =>
  evaluateLogin({ ...facts, login: { ...login, ...of }, ...more }, '');

t.test('returns the same record if nothing is new', async (t) => {
  t.equal(evaluateLogin(facts, '').login, login);
  const unasked = { ...facts, server: undefined };
  t.equal(evaluateLogin(unasked, '').login, login, 'nor where nobody could ask the server');
});

t.test('records each new fact', async (t) => {
  for (const [of, more] of [
    [{ current: undefined }, {}],
    [{ secret: 'another' }, {}],
    [{ owner: 'another' }, {}],
    [{ at: undefined }, {}],
    [{ auth: undefined }, {}],
    [{ server: undefined }, {}],
    [{}, { server: { system: '8', timeline: 1, memberOf: [] } }],
    [{}, { server: { system: '7', timeline: 2, memberOf: [] } }],
  ] as const) {
    const server = { system: '7', timeline: 1, ...('server' in more && more.server) };
    const { memberOf: _, ...found } = { memberOf: [], ...server };
    t.same(
      standing(of, more),
      { kind: 'in-sync', login: { ...login, server: found } },
      JSON.stringify([of, more]),
    );
  }
});

t.test('a login that works again is no longer diverged', async (t) => {
  const diverged = { since: at(0), reason: 'somebody else has changed the role', version: 1 };
  t.same(standing({ diverged }), { kind: 'in-sync', login });
});

t.test('generates no password for a copy, but applies it on request', async (t) => {
  const isCopy = 'the Secret is a copy';
  t.match(standing({ changeRequest: { kind: 'rotate' } }), { kind: 'begin', change: { cause: 'requested' } });
  for (const wish of [{ kind: 'rotate' }, { kind: 'rollback', to: 1 }] as const)
    t.same(standing({ changeRequest: wish }, { copyReason: isCopy }), {
      kind: 'in-sync',
      login: { ...login, failed: { time: at(60), reason: isCopy, undone: false } },
    });
  t.same(standing({ changeRequest: { kind: 'from-secret' } }, { copyReason: isCopy }), {
    kind: 'in-sync',
    login,
  });
  t.same(standing({}, { copyReason: isCopy }), { kind: 'in-sync', login });
});
