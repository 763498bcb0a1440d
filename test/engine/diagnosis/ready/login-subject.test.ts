import t from 'tap';
import { searchSecret } from '../../../../src/engine/diagnosis/find-value/search-objects.ts';
import { type LoginSubject, loginSubjects } from '../../../../src/engine/diagnosis/ready/login-subject.ts';
import { copyForecast, PasswordPlaces } from '../../../../src/engine/diagnosis/ready/password-places.ts';
import { PoolerFiles, poolerUnknown } from '../../../../src/engine/diagnosis/ready/pooler-obstacles.ts';
import { permissionsFor } from '../../../../src/engine/review/own-writes/permissions.ts';
import type { FieldOwner } from '../../../../src/engine/secret/kubernetes/field-owners.ts';
import type { Secret } from '../../../../src/engine/secret/secret.ts';
import { aSecret, builtins, GOOD, testContext } from '../../../helpers/engine/engine.ts';
import { aCredential } from '../../../helpers/login/postgres-credential.ts';

const LOGIN = { POSTGRES_USER: 'app', POSTGRES_PASSWORD: GOOD.password, POSTGRES_HOST: 'db' };
const PLACE = { namespace: 'shop', name: 'shop-secrets' };

function subjects(
  secret: Secret,
  { spec, owners = [] }: { spec?: object; owners?: readonly FieldOwner[] } = {},
) {
  return loginSubjects(
    { secret, owners, written: { time: new Date(0) } },
    {
      permissions: permissionsFor(secret, undefined, builtins, testContext),
      credential: spec && aCredential(spec),
      unusable: undefined,
      context: testContext,
    },
  );
}

const reasonsOf = ([subject]: readonly LoginSubject[]) => subject?.obstacles.map(({ reason }) => reason);

t.test('a login without a PostgresCredential needs one, and names what would remain', async (t) => {
  const next = 'needs a PostgresCredential: lockstep connect shop/shop-secrets';
  const plain = subjects(aSecret(LOGIN, PLACE));
  t.match(plain, [{ role: 'app', server: { host: 'db', port: 5432 }, managedBy: undefined }]);
  t.same(reasonsOf(plain), [next]);
  t.match(reasonsOf(subjects(aSecret(LOGIN, { ...PLACE, immutable: true }))), [/it is immutable/]);
  const bare = aSecret({ DATABASE_URL: `postgresql://app:${GOOD.password}@db/app` }, PLACE);
  t.match(reasonsOf(subjects(bare)), [/user and password are only inside of DATABASE_URL/, next]);
  t.match(reasonsOf(subjects(aSecret({ POSTGRES_PASSWORD: GOOD.password }, PLACE))), [
    /no key holds the name of the role/,
    next,
  ]);
});

t.test('a Secret without a login of PostgreSQL has no row, and one with two has two', async (t) => {
  t.same(subjects(aSecret({ JWT_SECRET: GOOD.key }, PLACE)), []);
  t.same(subjects(aSecret({ MYSQL_USER: 'app', MYSQL_PASSWORD: GOOD.password }, PLACE)), []);
  const two = { ...LOGIN, POSTGRES_ADMIN_USER: 'boss', POSTGRES_ADMIN_PASSWORD: GOOD.other };
  t.same(
    subjects(aSecret(two, PLACE)).map(({ role }) => role),
    ['app', 'boss'],
  );
});

t.test('the keys that follow are those of the controller', async (t) => {
  const url = `postgresql://app:${GOOD.password}@db:5432/app`;
  const [subject] = subjects(aSecret({ ...LOGIN, REPORTS_URL: url }, PLACE), { spec: {} });
  t.match(subject, { managedBy: 'shop', obstacles: [] });
  t.same(
    ['POSTGRES_PASSWORD', 'REPORTS_URL'].filter((key) => subject?.changing.includes(key)),
    ['POSTGRES_PASSWORD', 'REPORTS_URL'],
  );
});

t.test('a tool that applies the password is found by the owner of its field', async (t) => {
  const fieldsV1 = { 'f:data': { 'f:POSTGRES_PASSWORD': {} } };
  const owned = (manager: string, annotations: Readonly<Record<string, string>> = {}) =>
    reasonsOf(
      subjects(aSecret(LOGIN, { ...PLACE, annotations: new Map(Object.entries(annotations)) }), {
        spec: {},
        owners: [{ manager, operation: 'Apply', fieldsV1 }],
      }),
    );
  const argo = { 'argocd.argoproj.io/tracking-id': 'shop:/Secret:shop/shop-secrets' };
  t.match(owned('argocd-controller'), [
    /^argocd-controller holds POSTGRES_PASSWORD, and sets the old password again/,
  ]);
  t.match(owned('kubectl-client-side-apply', argo), [/^Application\/shop holds POSTGRES_PASSWORD/]);
  t.same(owned('kubectl-client-side-apply'), [], 'a person');
  t.same(owned('kubectl-edit', argo), [], 'the key is not in Git');
  t.same(owned('lockstep-controller', argo), []);
});

t.test('a copy that a change does not reach is an obstacle, and another login is none', async (t) => {
  const source = aSecret({ ...LOGIN, '.env': `PW=${GOOD.password}` }, PLACE);
  const twin = aSecret({ LEDGER: GOOD.password }, { namespace: 'reports', name: 'twin' });
  const other = aSecret({ ...LOGIN, POSTGRES_USER: 'boss' }, { namespace: 'shop', name: 'other' });
  const [subject] = subjects(source, { spec: {} });
  if (subject === undefined) throw new Error('no login');
  const places = new PasswordPlaces([subject]);
  for (const secret of [source, twin, other])
    for (const place of searchSecret(secret, places.sought!).places)
      places.add(place.value, { ...place, follows: undefined });
  const others = new Map([['shop/other', subjects(other)]]);
  const found = copyForecast(subject, places.of(subject), others);
  t.same(
    found.obstacles.map(({ reason }) => reason),
    [
      'key .env of the Secret itself keeps the old password',
      'Secret reports/twin, key LEDGER, keeps the old password',
    ],
  );
  t.match(found, { count: 1, copies: [{ name: 'twin' }], unknown: [] });
  t.same(copyForecast(subject, undefined, others).unknown.length, 1, 'a short password');
});

t.test('the same password in many places is bounded', async (t) => {
  const [subject] = subjects(aSecret(LOGIN, PLACE), { spec: {} });
  if (subject === undefined) throw new Error('no login');
  const places = new PasswordPlaces([subject]);
  for (let index = 0; index < 1000; index += 1)
    places.add(0, {
      kind: 'Secret',
      namespace: 'x',
      name: `n${index}`,
      field: { kind: 'key', key: 'K' },
      follows: undefined,
    });
  const found = copyForecast(subject, places.of(subject), new Map());
  t.same([found.copies.length, found.count, found.unknown.length], [64, 1000, 1]);
});

t.test('the file of a pooler counts in its namespace', async (t) => {
  const [subject] = subjects(aSecret(LOGIN, PLACE), { spec: {} });
  if (subject === undefined) throw new Error('no login');
  const poolers = new PoolerFiles();
  poolers.add({ kind: 'ConfigMap', namespace: 'shop', name: 'pgb', key: 'pgbouncer.ini' }, () => {
    throw new Error('it is no list');
  });
  poolers.add({ kind: 'ConfigMap', namespace: 'other', name: 'pgb', key: 'userlist.txt' }, () => '"app" "x"');
  t.same(poolers.obstacles(subject), []);
  poolers.add({ kind: 'ConfigMap', namespace: 'shop', name: 'pgb', key: 'userlist.txt' }, () => '"app" "x"');
  t.match(poolers.obstacles(subject), [{ code: 'pooler', reason: /^ConfigMap shop\/pgb, key userlist.txt/ }]);
  t.same(poolerUnknown({ server: { host: 'pgbouncer', port: 6432 } }).length, 1);
});
