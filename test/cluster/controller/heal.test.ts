import t from 'tap';
import { aCanary } from '../../helpers/canary/canary.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aTeam, base64, type Team } from '../../helpers/cluster/team.ts';
import { installPolicies, lockstepOn } from '../../helpers/cluster/versioned-secret.ts';
import { aPostgres } from '../../testbed/postgres/postgres.ts';

// A person corrects a stored Secret, on a real API server and a real PostgreSQL server. No controller and no webhook runs.
const cluster = await aCluster(t);
// The built-in policy that derives DATABASE_URL here says heal: Off.
await installPolicies(cluster, {
  eager: {
    match: { names: ['eager'] },
    precedence: 1,
    heal: 'Always',
    restart: true,
    keys: {
      ...Object.fromEntries(['POSTGRES_USER', 'POSTGRES_PASSWORD', 'POSTGRES_DB'].map((key) => [key, {}])),
      DATABASE_URL: {
        derive: { template: 'postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@db:5432/${POSTGRES_DB}' },
      },
    },
  },
});
const [right, other] = [aCanary(), aCanary()];
const postgres = await aPostgres(t, { host: '127.0.0.3' });
await postgres.sql(`CREATE ROLE app LOGIN PASSWORD '${right}'`);
await postgres.sql('CREATE DATABASE shop OWNER app');
const printed: string[] = [];
const lockstep = lockstepOn(t, cluster.kubeconfig, printed);

const urlOf = (password: string, at = `${postgres.host}:${postgres.port}`) =>
  `postgresql://app:${password}@${at}/shop?application_name=api`;

const keysOf = (password: string, url: string) => ({
  POSTGRES_USER: 'app',
  POSTGRES_PASSWORD: password,
  POSTGRES_DB: 'shop',
  DATABASE_URL: url,
});

async function stored(
  values: Readonly<Record<string, string>>,
  rest: object = {},
  name = 'app',
): Promise<Team> {
  const team = await aTeam(cluster);
  const data = Object.fromEntries(Object.entries(values).map(([key, text]) => [key, base64(text)]));
  const body = { metadata: { name }, data, ...rest };
  const path = `/api/v1/namespaces/${team.namespace}/secrets`;
  const { status, text } = await cluster.request(path, { method: 'POST', body });
  if (status !== 201) throw new Error(text);
  return team;
}

const urlIn = async (team: Team) => (await team.stored('app'))?.values.DATABASE_URL;
const heal = (team: Team, ...flags: readonly string[]) => lockstep('heal', `${team.namespace}/app`, ...flags);

t.test('a dry run prints the plan and writes neither Secret nor record', async (t) => {
  const team = await stored(keysOf(right, urlOf(other)));
  const { exitCode, stdout, stderr } = await heal(team, '--dry-run');
  t.same([exitCode, stderr], [0, ''], stdout);
  t.match(stdout, /would be corrected:\n {2}DATABASE_URL: password now follows POSTGRES_PASSWORD \[lockstep/);
  t.match(stdout, /nothing was written\n$/);
  t.equal(await urlIn(team), urlOf(other));
  t.equal(await team.stored('lockstep-record-app'), undefined);
});

t.test('lockstep heal corrects the URL even with heal: "Off", and keeps its version', async (t) => {
  const team = await stored(keysOf(right, urlOf(other)));
  const { exitCode, stdout } = await heal(team, '--connect');
  t.equal(exitCode, 0, stdout);
  t.match(stdout, 'DATABASE_URL as it is stored does not open the server');
  t.match(stdout, 'DATABASE_URL as corrected opens the server');
  t.match(stdout, 'is corrected, as a new version: DATABASE_URL');
  t.equal(await urlIn(team), urlOf(right));
  const history = JSON.parse((await lockstep('history', `${team.namespace}/app`, '-o', 'json')).stdout);
  t.match(history.versions, [
    { reason: 'first-seen' },
    { reason: 'healed', by: 'lockstep', keys: ['DATABASE_URL'] },
  ]);
  const again = await heal(team);
  t.same(
    [again.exitCode, again.stdout],
    [
      0,
      `no derived key of Secret ${team.namespace}/app disagrees with a usable base key: there is nothing to correct\n`,
    ],
  );
  const back = await lockstep('rollback', `${team.namespace}/app`, '--to', '1', '--force');
  t.equal(back.exitCode, 0, back.stdout);
  t.equal(await urlIn(team), urlOf(other));
});

t.test(
  '--connect keeps a URL that opens its server if the base key holds an outdated password',
  async (t) => {
    const team = await stored(keysOf(other, urlOf(right)));
    for (const flags of [['--connect'], ['--connect', '--dry-run']]) {
      const { exitCode, stdout } = await heal(team, ...flags);
      t.equal(exitCode, 1, stdout);
      t.match(stdout, 'DATABASE_URL as it is stored opens the server');
      t.match(stdout, 'set POSTGRES_PASSWORD to the password that DATABASE_URL holds');
      t.match(stdout, /nothing was written\n$/);
    }
    t.equal(await urlIn(team), urlOf(right));
    t.equal(await team.stored('lockstep-record-app'), undefined);
    t.equal((await heal(team)).exitCode, 0, 'without --connect the base key counts');
    t.equal(await urlIn(team), urlOf(other));
  },
);

t.test('--connect writes only the keys that it could try', async (t) => {
  const redis = { REDIS_PASSWORD: right, REDIS_URL: `redis://:${other}@redis:6379/0` };
  const team = await stored({ ...keysOf(right, urlOf(other)), ...redis });
  const { exitCode, stdout } = await heal(team, '--connect');
  t.equal(exitCode, 1, 'a key still disagrees');
  t.match(stdout, 'REDIS_URL is left as it is: its corrected URL could not be tried');
  t.match(stdout, `lockstep heal ${team.namespace}/app corrects without a login`);
  t.match(stdout, /is corrected, as a new version: DATABASE_URL\n/);
  t.match((await team.stored('app'))?.values, { DATABASE_URL: urlOf(right), REDIS_URL: redis.REDIS_URL });
  const alone = await stored(redis);
  for (const flags of [['--connect'], ['--connect', '--dry-run']]) {
    const left = await heal(alone, ...flags);
    t.equal(left.exitCode, 1);
    t.match(left.stdout, /^REDIS_URL is left as it is: its corrected URL could not be tried$/m);
    t.match(left.stdout, /\nnothing was written\n$/);
  }
  t.equal((await alone.stored('app'))?.values.REDIS_URL, redis.REDIS_URL);
  t.equal(await alone.stored('lockstep-record-app'), undefined);
  t.equal((await heal(alone)).exitCode, 0, 'the printed command corrects it');
  t.equal((await alone.stored('app'))?.values.REDIS_URL, `redis://:${right}@redis:6379/0`);
});

t.test('--connect writes nothing if no server answers', async (t) => {
  const team = await stored(keysOf(right, urlOf(other, '127.0.0.3:1')));
  const { exitCode, stdout } = await heal(team, '--connect');
  t.equal(exitCode, 1, stdout);
  t.match(stdout, 'could not be tried: nothing listens there');
  t.equal(await urlIn(team), urlOf(other, '127.0.0.3:1'));
});

t.test('a Secret that is owned, immutable or not derivable is skipped with the reason', async (t) => {
  const immutable = await heal(await stored(keysOf(right, urlOf(other)), { immutable: true }));
  t.same([immutable.exitCode, immutable.stdout], [2, '']);
  t.match(immutable.stderr, /is not corrected: it is immutable/);
  const placeholder = await heal(await stored(keysOf('CHANGE_ME', urlOf(other))));
  t.equal(placeholder.exitCode, 0, 'a placeholder is no password that could disagree');
  const absent = await lockstep('heal', 'default/absent');
  t.same([absent.exitCode, absent.stderr], [2, 'lockstep: there is no Secret default/absent\n']);
});

t.test('audit shows what the controller would write, and which password opens the server', async (t) => {
  const team = await stored(keysOf(other, urlOf(right)), {}, 'eager');
  const containers = [{ name: 'c', image: 'x', envFrom: [{ secretRef: { name: 'eager' } }] }];
  const labels = { app: 'api' };
  const { status } = await cluster.request(`/apis/apps/v1/namespaces/${team.namespace}/deployments`, {
    method: 'POST',
    body: {
      metadata: { name: 'api' },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
    },
  });
  t.equal(status, 201);
  const before = await team.stored('eager');
  const args = ['audit', '-n', team.namespace, '--fail-on', 'Never', '--connect'];
  const { stdout, stderr, exitCode } = await lockstep(...args);
  t.same([exitCode, stderr], [0, ''], stdout);
  for (const line of [
    'the controller would write DATABASE_URL (DATABASE_URL: password now follows POSTGRES_PASSWORD [lockstep/mismatch]',
    'the controller would keep its versions, in Secret lockstep-record-eager',
    'the controller would restart Deployment/api',
    'DATABASE_URL as it is stored opens the server',
    'DATABASE_URL as corrected does not open the server that the Secret names',
    'the controller would write 1 Secret, begin to keep versions of 1 Secret, restart readers of 1 Secret',
  ])
    t.match(stdout, line);
  const { secrets, summary } = JSON.parse((await lockstep(...args, '--format', 'json')).stdout);
  t.match(secrets[0].controller, {
    write: { reason: 'healed', keys: ['DATABASE_URL'], count: 1 },
    record: true,
    restarts: ['Deployment/api'],
    logins: [{ key: 'DATABASE_URL', stored: 'open', corrected: 'denied' }],
  });
  t.same(summary.controller, { written: 1, versioned: 1, restarting: 1 });
  t.same(await team.stored('eager'), before, 'and it writes nothing itself');
  const drift = await stored(keysOf(other, urlOf(right)), {}, 'app');
  const quiet = await lockstep('audit', '-n', drift.namespace, '--fail-on', 'Never');
  t.notMatch(quiet.stdout, 'the controller would', 'heal: Off writes nothing');
});

t.test('no value is printed', async (t) => {
  for (const value of [right, other]) t.notOk(printed.join('\n').includes(value.slice(0, 8)));
});
