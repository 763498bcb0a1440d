import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Sensitive } from '../../src/engine/secret/sensitive.ts';
import { openUserServer } from '../../src/redis/user-server.ts';
import { logInRedis } from '../helpers/redis/login.ts';
import {
  aRedis,
  aReplica,
  CLUSTER_NODE,
  programsHere,
  type Redis,
  type RedisUser,
} from '../testbed/redis/redis.ts';

const OLD = 'canary-old-pX4tQ9';
const NEW = 'canary-new-rT7wZ2';
const OTHER = 'canary-other-k3Vb8';
const [old, next, other] = [OLD, NEW, OTHER].map((text) => Sensitive.fromText(text)) as [
  Sensitive,
  Sensitive,
  Sensitive,
];
const ADMIN: RedisUser = { user: 'admin', password: 'canary-admin-m5Yc1' };
const ADMIN_LINE = `user ${ADMIN.user} on >${ADMIN.password} ~* &* +@all`;
const APP_LINE = `user app on >${OLD} ~app:* +@all -@dangerous`;

const open = ({ host, port }: Redis, as = ADMIN, mayChange: readonly string[] = ['app', 'default']) =>
  openUserServer(
    { host, port, tls: { mode: 'disable' } },
    { role: as.user, password: Sensitive.fromText(as.password) },
    { timeout: 60_000, mayChange, server: 'redis:6379' },
  );

const loginsOf = async (server: Redis, user = 'app') =>
  Promise.all([OLD, NEW].map(async (password) => (await logInRedis(server, { user, password })).kind));

for (const program of programsHere()) {
  t.test(`${program}: a second password beside the first, then instead of it`, async (t) => {
    const server = await aRedis(t, { program, acl: [ADMIN_LINE, APP_LINE] });
    t.comment(server.version);
    await using users = await open(server);
    t.match(await users.facts(), {
      mode: 'standalone',
      isReplica: false,
      replicas: 0,
      runId: /^[0-9a-f]{40}$/,
    });
    t.same(await users.user('app', [old, next]), {
      isOn: true,
      isOpen: false,
      has: [true, false],
      others: 0,
    });

    for (const again of ['', ', again']) {
      await users.changePasswords('app', { keep: next, remove: [] });
      t.same(await users.user('app', [old, next]), {
        isOn: true,
        isOpen: false,
        has: [true, true],
        others: 0,
      });
      t.same(await loginsOf(server), ['ok', 'ok'], `both open the server${again}`);
    }
    t.equal(await users.save(), 'saved');
    await server.restart('SIGKILL');
    t.same(await loginsOf(server), ['ok', 'ok'], 'after a crash of the server');

    await using later = await open(server);
    for (const again of ['', ', again']) {
      await later.changePasswords('app', { keep: next, remove: [old] });
      t.same(await loginsOf(server), ['password-refused', 'ok'], `the old one is gone${again}`);
    }
    await later.changePasswords('app', { keep: other, remove: [] });
    await later.changePasswords('app', { keep: next, remove: [old, next] });
    t.match(await later.user('app', [next]), { has: [true], others: 1 }, 'a foreign one stays');
    await later.changePasswords('app', { keep: next, remove: 'all others' });
    t.match(await later.user('app', [next]), { has: [true], others: 0 });
    t.equal(await later.save(), 'saved');
    await server.restart('SIGKILL');
    t.same(await loginsOf(server), ['password-refused', 'ok']);
    t.match(
      await server.send(['ACL', 'LIST']),
      /user app on .* ~app:\* .*-@dangerous/,
      'its rules are the same',
    );
  });

  t.test(`${program}: undo keeps the old password, and an open connection stays`, async (t) => {
    const server = await aRedis(t, { program, acl: [ADMIN_LINE, APP_LINE] });
    const reader = await server.connect({ user: 'app', password: OLD });
    await using users = await open(server);
    await users.changePasswords('app', { keep: old, remove: [next] });
    t.same(await loginsOf(server), ['ok', 'password-refused'], 'nothing was set');
    await users.changePasswords('app', { keep: next, remove: [] });
    const late = await server.connect({ user: 'app', password: NEW });
    await users.changePasswords('app', { keep: old, remove: [next] });
    t.same(await loginsOf(server), ['ok', 'password-refused']);
    t.equal(await reader.set('app:1', 'x'), 'OK');
    t.equal(await late.get('app:1'), 'x', 'Redis ends no session of a user that loses a password');
  });

  t.test(`${program}: the user default with requirepass`, async (t) => {
    const server = await aRedis(t, { program, config: [`requirepass ${OLD}`] });
    const self = { user: 'default', password: OLD };
    await using users = await open(server, self, ['default']);
    await users.changePasswords('default', { keep: next, remove: [] });
    t.same(await loginsOf(server, 'default'), ['ok', 'ok']);
    t.equal(await users.save(), 'saved', 'in redis.conf');
    await server.restart('SIGKILL');
    t.same(
      await loginsOf(server, 'default'),
      ['ok', 'ok'],
      'the line of the user has precedence over requirepass',
    );
    await using later = await open(server, { user: 'default', password: NEW }, ['default']);
    await later.changePasswords('default', { keep: next, remove: [old] });
    t.equal(await later.save(), 'saved');
    await server.restart('SIGKILL');
    t.same(await loginsOf(server, 'default'), ['password-refused', 'ok']);
    t.notMatch(server.config(), NEW, 'the file has its hash');
  });

  t.test(`${program}: what is not changed`, async (t) => {
    const server = await aRedis(t, {
      program,
      acl: [
        ADMIN_LINE,
        APP_LINE,
        `user foreign on >${OLD} >${OTHER} +@all`,
        'user open on nopass +@all',
        'user off off +@all',
      ],
    });
    await using users = await open(server, ADMIN, ['app', 'open', 'nobody', 'a b']);
    t.match(await users.user('foreign', [old, next]), { has: [true, false], others: 1 });
    t.match(await users.user('foreign', [old, old, other]), { has: [true, true, true], others: 0 });
    t.match(await users.user('open', [old]), { isOpen: true, has: [false], others: 0 });
    t.match(await users.user('off', [old]), { isOn: false, has: [false], others: 0 });
    t.equal(await users.user('nobody', [old]), undefined);
    const before = await server.send(['ACL', 'LIST']);
    const refused = { code: 'LOCKSTEP_REDIS_REFUSED' };
    for (const user of ['foreign', 'open', 'nobody', 'a b'])
      await t.rejects(users.changePasswords(user, { keep: next, remove: [] }), refused, user);
    await using restricted = await open(server, { user: 'app', password: OLD }, ['app']);
    t.match(await restricted.facts(), { mode: 'standalone', replicas: undefined, runId: undefined });
    t.equal(await restricted.user('app', [old]), 'hidden');
    await t.rejects(restricted.changePasswords('app', { keep: old, remove: [] }), {
      ...refused,
      message: /NOPERM/,
    });
    t.same(await server.send(['ACL', 'LIST']), before);
    await t.rejects(open(server, { ...ADMIN, password: 'wrong' }), { code: 'WRONGPASS' });
  });

  t.test(`${program}: a server that can't save its users`, async (t) => {
    const argumentsOnly = await aRedis(t, { program, configFile: false, config: [ADMIN_LINE] });
    await using first = await open(argumentsOnly);
    t.equal(await first.save(), 'not-saved');
    const readOnly = await aRedis(t, { program, acl: [ADMIN_LINE] });
    makeUnwritable(readOnly, 'users.acl');
    await using second = await open(readOnly);
    t.equal(await second.save(), 'foreign-file');
    const config = await aRedis(t, { program, config: [ADMIN_LINE] });
    makeUnwritable(config, 'redis.conf');
    await using third = await open(config);
    t.equal(await third.save(), 'not-saved', 'redis.conf');
  });

  t.test(`${program}: a primary with a replica, a replica, and a node of a cluster`, async (t) => {
    const primary = await aRedis(t, { program, config: [ADMIN_LINE] });
    const replica = await aReplica(t, primary, { program, config: [ADMIN_LINE] });
    await primary.send(['WAIT', '1', '60000']);
    await using users = await open(primary);
    t.match(await users.facts(), { mode: 'standalone', isReplica: false, replicas: 1 });
    await using onReplica = await open(replica);
    t.match(await onReplica.facts(), { isReplica: true });
    await using node = await open(await aRedis(t, { program, config: [ADMIN_LINE, CLUSTER_NODE] }));
    t.match(await node.facts(), { mode: 'cluster' });
  });

  t.test(`${program}: no password and no hash is in a log of the server`, async (t) => {
    const server = await aRedis(t, {
      program,
      acl: [ADMIN_LINE, APP_LINE],
      config: ['slowlog-log-slower-than 0', 'slowlog-max-len 1000'],
    });
    const monitored: string[] = [];
    const monitor = await (await server.connect()).monitor();
    monitor.on('monitor', (_time: string, words: readonly string[]) => monitored.push(words.join(' ')));
    await using users = await open(server);
    await users.user('app', [old, next]);
    await users.changePasswords('app', { keep: next, remove: [] });
    await users.changePasswords('app', { keep: next, remove: [old] });
    await users.save();
    await loginsOf(server);
    await server.send(['PING', 'the end']);
    await waitFor(t, () => monitored.some((line) => line.includes('the end')));
    const places: Record<string, unknown> = {
      MONITOR: monitored,
      SLOWLOG: await server.send(['SLOWLOG', 'GET', '1000']),
      'ACL LOG': await server.send(['ACL', 'LOG', '100']),
      log: server.log(),
      'CLIENT LIST': await server.send(['CLIENT', 'LIST']),
    };
    t.match(JSON.stringify(places.SLOWLOG), /"SETUSER"/, 'the statement itself is there');
    for (const [place, content] of Object.entries(places))
      for (const secret of [OLD, NEW, ADMIN.password].flatMap((text) => [text, hashOf(text)]))
        t.notOk(JSON.stringify(content).includes(secret), `${secret} in ${place}`);
    t.notMatch(readFileSync(join(server.dir, 'users.acl'), 'utf8'), NEW);
  });
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** As on a read-only mount, which root can't write to either: the new file can't take the place of the old one. */
function makeUnwritable({ dir }: Redis, file: string): void {
  rmSync(join(dir, file));
  mkdirSync(join(dir, file));
}

async function waitFor(t: Test, isDone: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !isDone(); turn += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  t.ok(isDone());
}
