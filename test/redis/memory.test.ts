import t from 'tap';
import { aClientProcess } from '../helpers/postgres/client-process.ts';
import { aFakeServer } from '../helpers/postgres/fake-server.ts';

const HELLO = '*4\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n';
const user = (passwords: number): string =>
  `*4\r\n+flags\r\n*1\r\n+on\r\n+passwords\r\n*${passwords}\r\n${`$64\r\n${'a'.repeat(64)}\r\n`.repeat(passwords)}`;

const SERVERS = [
  { name: 'an array of 99,999', work: 'redis-login', answer: '*99999\r\n', result: 'not-redis' },
  { name: 'arrays in arrays', work: 'redis-login', answer: '*1\r\n'.repeat(500_000), result: 'not-redis' },
  {
    name: 'a string of 5 MiB',
    work: 'redis-login',
    answer: `$99999\r\n${'x'.repeat(5 << 20)}`,
    result: 'not-redis',
  },
  { name: 'a line of 5 MiB', work: 'redis-login', answer: `+${'x'.repeat(5 << 20)}`, result: 'not-redis' },
  { name: 'a user with 800 passwords', work: 'redis-user', answer: user(800), result: 'user' },
  {
    name: 'a user with 80,000 passwords',
    work: 'redis-user',
    answer: user(80_000),
    result: 'LockstepError LOCKSTEP_REDIS_CONNECTION_FAILURE',
  },
] as const;

/** In MiB. */
const HEAP_LIMIT = 48;
/** The growth of resident memory, in MiB. */
const GROWTH_LIMIT = 64;

for (const { name, work, answer, result } of SERVERS) {
  t.test(`16 logins at once take little memory if each server answers ${name}`, async (t) => {
    const refuses = await aFakeServer(t, (socket) => socket.once('data', () => socket.end('no')));
    const hostile = await aFakeServer(t, (socket) => {
      const answers = [HELLO, '+OK\r\n', HELLO, answer];
      socket.on('data', () => void socket.write(answers.shift() ?? ''));
    });
    const client = aClientProcess(t, [`--max-old-space-size=${HEAP_LIMIT}`]);
    const before = await client.run({ port: refuses.port, work, times: 16 });
    const after = await client.run({ port: hostile.port, work, times: 16 });
    t.same(after.results, Array(16).fill(result));
    const growth = after.maxRss - before.maxRss;
    t.comment(`${Math.round(growth)} MiB`);
    t.ok(growth < GROWTH_LIMIT, `${growth} MiB`);
  });
}
