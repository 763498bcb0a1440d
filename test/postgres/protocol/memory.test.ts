import type { Socket } from 'node:net';
import t from 'tap';
import { aClientProcess } from '../../helpers/postgres/client-process.ts';
import { aFakeServer, backendMessage } from '../../helpers/postgres/fake-server.ts';
import { dataRow, rowDescription } from '../../helpers/postgres/malformed.ts';

const LET_IN = Buffer.concat([backendMessage('R', 0), backendMessage('Z', 'I')]);
const END = [backendMessage('C', 'SELECT 1\0'), backendMessage('Z', 'I')];

const WIDE_NAMES = Array.from({ length: 1600 }, (_, at) => `c${at}`);
const WIDE_ROW = dataRow(...WIDE_NAMES.map(() => undefined));
const WIDE = Buffer.concat([rowDescription(...WIDE_NAMES), ...Array<Buffer>(620).fill(WIDE_ROW), ...END]);

/** As many rows of the asked shape as 4 MiB hold. */
const LONG = Buffer.concat([rowDescription('standby'), ...Array<Buffer>(300_000).fill(dataRow('f')), ...END]);

const NOTICE = backendMessage('N', `SNOTICE\0C00000\0M${'x'.repeat(60_000)}\0\0`);
const NOTICES = Buffer.concat([
  ...Array<Buffer>(80).fill(NOTICE),
  rowDescription('standby'),
  dataRow('f'),
  ...END,
]);

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
  { name: '1,600 NULL columns × 620 rows', work: 'login', answer: WIDE, result: 'not-postgres' },
  { name: '300,000 rows', work: 'login', answer: LONG, result: 'not-postgres' },
  { name: '5 MB of notices', work: 'login', answer: NOTICES, result: 'not-postgres' },
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

function answerQuery(socket: Socket, answer: Buffer): void {
  socket.once('data', () => {
    socket.write(LET_IN);
    socket.once('data', () => socket.end(answer));
  });
}
