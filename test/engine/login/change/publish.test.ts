import t from 'tap';
import { type Publication, publicationEdit } from '../../../../src/engine/login/change/publish.ts';
import type { Policy } from '../../../../src/engine/policy/policy.ts';
import { MAX_TEXT_BYTES } from '../../../../src/engine/review/evaluation/input-artifact.ts';
import { permissionsFor } from '../../../../src/engine/review/own-writes/permissions.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { aPolicy, aSecret, builtins, GOOD, testContext } from '../../../helpers/engine/engine.ts';
import { plainValues, values } from '../../../helpers/engine/record.ts';

const aLogin = (role: string, password: string) => ({ role, password: Sensitive.fromText(password) });

const REDIS_KEYS = { user: 'REDIS_USERNAME', password: 'REDIS_PASSWORD', system: 'redis' } as const;
const LOGIN = { U: 'app', P: 'old-password' };
const NEW = { P: 'new-password' };
const publication: Publication = {
  keys: { user: 'U', password: 'P' },
  to: aLogin('app', 'new-password'),
  from: [undefined, aLogin('app', 'old-password')],
  restored: undefined,
};

function edited(
  data: Record<string, string | Uint8Array>,
  more: Partial<Publication> = {},
  policies: readonly Policy[] = [],
) {
  const mandate = permissionsFor(aSecret({ ...LOGIN, ...data }), undefined, policies, testContext);
  const { set, remove } = publicationEdit(mandate, { ...publication, ...more }, testContext);
  return { set: plainValues(set), remove };
}

const set = (data: Record<string, string | Uint8Array>, more?: Partial<Publication>) =>
  edited(data, more).set;
const url = (login: string, scheme = 'postgresql') => `${scheme}://${login}@db/orders`;

t.test('writes only changed keys', async (t) => {
  t.same(set({ X: 'x' }), NEW);
  t.same(set({}, { to: aLogin('app_alt', 'new-password') }), { U: 'app_alt', ...NEW });
});

t.test('updates a copy of the password, and nothing else', async (t) => {
  t.same(set({ COPY: 'old-password', OTHER: 'another-password' }), { ...NEW, COPY: 'new-password' });
  t.same(set({ COPY: 'old-password' }, { from: [] }), NEW);
  t.same(set({ EMPTY: '' }, { from: [aLogin('app', '')] }), NEW, 'an empty value is no copy');
});

t.test('the password of another server stays, although it is the same', async (t) => {
  const redis = { user: 'REDIS_USERNAME', password: 'CACHE', system: 'redis' } as const;
  t.same(set({ REDIS_PASSWORD: 'old-password', URL: url(':old-password', 'redis') }), NEW);
  t.same(set({ CACHE: 'old-password' }, { others: [redis] }), NEW);
  t.same(set({ PG_COPY: 'old-password' }), { ...NEW, PG_COPY: 'new-password' });
});

t.test('a version is restored without the login of another server', async (t) => {
  const others = [{ user: 'REDIS_USERNAME', password: 'REDIS_PASSWORD', system: 'redis' }] as const;
  const restored = values({
    U: 'app',
    P: 'new-password',
    REDIS_PASSWORD: 'of-then',
    REDIS_URL: url(':of-then', 'redis'),
    OTHER: 'then',
  });
  const now = { REDIS_PASSWORD: 'of-now', REDIS_URL: url(':of-now', 'redis'), OTHER: 'now' };
  t.same(edited(now, { restored, others }), { set: { ...NEW, OTHER: 'then' }, remove: [] });
});

t.test('updates a URL with the old login', async (t) => {
  const to = aLogin('app_alt', 'new-password');
  const after = { U: 'app_alt', ...NEW };
  t.same(set({ URL: url('app:old-password') }, { to }), { ...after, URL: url('app_alt:new-password') });
  t.same(set({ URL: url('postgres:old-password') }, { to }), after, 'another role');
  t.same(set({ URL: url('app:another') }, { to }), after, 'another password');
  t.same(set({ URL: url('app:old-password', 'redis') }, { to }), after, 'another system');
  t.same(set({ URL: 'app:old-password' }, { to }), after, 'no URL');
  t.same(set({ BYTES: Uint8Array.of(0xff, 0xfe) }, { to }), after, 'no text');
});

t.test('a system with a default user has logins and URLs without one', async (t) => {
  const keys = { user: 'USER', password: 'P', system: 'redis' } as const;
  const from = [aLogin('default', 'old-password')];
  const ofDefault = { keys, from, to: aLogin('default', 'new-password') };
  const data = { URL: url(':old-password', 'redis'), OTHER: url(':old-password') };
  t.same(set(data, ofDefault), { ...NEW, URL: url(':new-password', 'redis') });
  const named = set({ URL: url('default:old-password', 'rediss') }, ofDefault);
  t.same(named, { ...NEW, URL: url('default:new-password', 'rediss') });
});

t.test(
  'leaves a Redis URL of another user, of Sentinels or of a cluster alone, and refuses if a policy does not',
  async (t) => {
    const login = {
      keys: REDIS_KEYS,
      from: [aLogin('default', GOOD.password)],
      to: aLogin('default', GOOD.other),
      restored: undefined,
    };
    const permissionsOf = (data: Record<string, string>) =>
      permissionsFor(aSecret({ REDIS_PASSWORD: GOOD.password, ...data }), undefined, builtins, testContext);
    const of = (user: string, scheme = 'redis', host = 'r.x') =>
      `${scheme}://${user}:${GOOD.password}@${host}/0`;
    for (const url of [of('', 'rediss'), of('default')]) {
      const edit = publicationEdit(permissionsOf({ REDIS_URL: url }), login, testContext);
      t.same(plainValues(edit.set), {
        REDIS_PASSWORD: GOOD.other,
        REDIS_URL: url.replace(GOOD.password, GOOD.other),
      });
      t.same(edit.refusals, []);
    }
    const others = [
      of('app'),
      of('', 'redis-sentinel'),
      of('', 'redis+sentinel'),
      of('', 'redis', 'a:1,b:2'),
    ];
    for (const url of others) {
      const edit = publicationEdit(
        permissionsOf({ REDIS_URL: url, NOT_IN_A_POLICY: url }),
        login,
        testContext,
      );
      t.same(plainValues(edit.set), { REDIS_PASSWORD: GOOD.other });
      t.match(edit.refusals.at(-1), { key: 'REDIS_URL', rule: 'mismatch' });
    }
    const named = permissionsOf({ REDIS_USERNAME: 'default', CACHE_URL: of('app') });
    t.same(
      publicationEdit(named, login, testContext).refusals,
      [],
      'a key names the user, so the policy knows it',
    );
  },
);

t.test('leaves a value unchanged that is too large to be validated', async (t) => {
  const large = 'x'.repeat(MAX_TEXT_BYTES);
  const from = (password: string) => ({ from: [aLogin('app', password)] });
  t.same(set({ COPY: large }, from(large)), { ...NEW, COPY: 'new-password' });
  t.same(set({ COPY: `${large}x` }, from(`${large}x`)), NEW);
});

t.test('puts a password that is no text into no URL', async (t) => {
  const password = Sensitive.fromBytes(Uint8Array.of(0xff, 0xfe));
  t.notOk('URL' in (set({ URL: url('app:old-password') }, { to: { role: 'app', password } }) ?? {}));
});

for (const forced of [false, true])
  t.test(
    `a version comes back with its keys, and without those that it did not have: ${forced}`,
    async (t) => {
      const restored = values({ ...LOGIN, X: 'before', COPY: 'old-password', SAME: 's' });
      const data = { X: 'after', NEWER: 'old-password', SAME: 's' };
      t.same(edited(data, { restored, forced }), {
        set: { ...NEW, X: 'before', COPY: 'new-password' },
        remove: ['NEWER'],
      });
    },
  );

t.test('derives the keys that follow the login, unless the version is forced', async (t) => {
  const policy = aPolicy('app', { keys: { P: {}, D: { derive: { template: 'd-${P}' } } } });
  const restored = values({ ...LOGIN, D: 'kept' });
  const back = (forced: boolean) => edited({ D: 'd-old-password' }, { restored, forced }, [policy]).set;
  t.same(back(false), { ...NEW, D: 'd-new-password' });
  t.same(back(true), { ...NEW, D: 'kept' });
});
