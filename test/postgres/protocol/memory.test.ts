import t from 'tap';
import { aClientProcess } from '../../helpers/postgres/client-process.ts';
import { aFakeServer, backendMessage } from '../../helpers/postgres/fake-server.ts';
import { answerQuery, HOSTILE_ANSWERS } from '../../helpers/postgres/hostile-answers.ts';
import { dataRow, rowDescription } from '../../helpers/postgres/malformed.ts';

const END = [backendMessage('C', 'SELECT 1\0'), backendMessage('Z', 'I')];

/** As many rows of the asked shape as 4 MiB hold. */
const LONG = Buffer.concat([rowDescription('standby'), ...Array<Buffer>(300_000).fill(dataRow('f')), ...END]);

const ROLE_NAMES = ['oid', 'mayLogin', 'isSuperuser', 'validUntil', 'mayAlter', 'maySeeVerifier', 'comment'];
const ARRAY_NAMES = ['memberOf', 'mayBecome', 'members', 'powers'];
const roleAnswer = (comment: string, texts: string): Buffer =>
  Buffer.concat([
    backendMessage('1'),
    backendMessage('2'),
    rowDescription(...ROLE_NAMES, ...ARRAY_NAMES, 'sessions'),
    dataRow('1', 't', 'f', undefined, 't', 'f', comment, ...ARRAY_NAMES.map(() => texts), '1'),
    ...END,
  ]);
/** 250 KiB, which is less than the limit. */
const LARGE_ROLE = roleAnswer('x'.repeat(50_000), JSON.stringify(Array<string>(10_000).fill('ab')));
const HUGE_ROLE = roleAnswer('x'.repeat(1024 * 1024), '['.repeat(1024 * 1024));
const FAILURE = 'LockstepError LOCKSTEP_POSTGRES_CONNECTION_FAILURE';

const SERVERS = [
  ...Object.entries(HOSTILE_ANSWERS).map(
    ([name, answer]) => ({ name, work: 'login', answer, result: 'not-postgres' }) as const,
  ),
  { name: '300,000 rows', work: 'login', answer: LONG, result: 'not-postgres' },
  { name: 'a role of 250 KiB', work: 'role', answer: LARGE_ROLE, result: FAILURE },
  { name: 'a role of 5 MiB', work: 'role', answer: HUGE_ROLE, result: FAILURE },
] as const;

/** In MiB. One login of 1,600 NULL columns × 620 rows took 105. */
const HEAP_LIMIT = 48;
/** The growth of resident memory, in MiB. */
const GROWTH_LIMIT = 64;

for (const { name, work, answer, result } of SERVERS) {
  t.test(`16 logins at once take little memory if each server answers ${name}`, async (t) => {
    const refuses = await aFakeServer(t, (socket) => socket.once('data', () => socket.end('no')));
    const hostile = await aFakeServer(t, (socket) => answerQuery(socket, answer));
    const client = aClientProcess(t, [`--max-old-space-size=${HEAP_LIMIT}`]);
    const before = await client.run({ port: refuses.port, work, times: 16 });
    const after = await client.run({ port: hostile.port, work, times: 16 });
    t.same(after.results, Array(16).fill(result));
    const growth = after.maxRss - before.maxRss;
    t.comment(`${Math.round(growth)} MiB`);
    t.ok(growth < GROWTH_LIMIT, `${growth} MiB`);
  });
}
