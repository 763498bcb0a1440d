import type { Socket } from 'node:net';
import t from 'tap';
import { aClientProcess } from '../../helpers/postgres/client-process.ts';
import { aFakeServer, backendMessage } from '../../helpers/postgres/fake-server.ts';
import { LET_IN } from '../../helpers/postgres/hostile-answers.ts';
import type { ClientRequest } from '../../helpers/postgres/hostile-client.ts';
import {
  dataRow,
  type Malformed,
  malformedMessages,
  rowDescription,
} from '../../helpers/postgres/malformed.ts';
import { fc } from '../../helpers/property.ts';

const SASL = backendMessage('R', 10, 'SCRAM-SHA-256\0\0');
const PREPARED = Buffer.concat([backendMessage('1'), backendMessage('2')]);
const ROLE_COLUMNS = rowDescription(
  'oid',
  'mayLogin',
  'isSuperuser',
  'validUntil',
  'mayAlter',
  'maySeeVerifier',
  'comment',
  'memberOf',
  'mayBecome',
  'members',
  'powers',
  'sessions',
);

interface Moment {
  readonly name: string;
  readonly work: ClientRequest['work'];
  /** The answers to what the client sends, in order. The malformed bytes follow the last one. */
  readonly answers: readonly Buffer[];
}

const NOTHING = Buffer.alloc(0);
const MOMENTS: readonly Moment[] = [
  { name: 'before the login', work: 'login', answers: [NOTHING] },
  { name: 'in the midst of SCRAM', work: 'login', answers: [SASL, NOTHING] },
  { name: 'after AuthenticationOk', work: 'login', answers: [backendMessage('R', 0)] },
  { name: 'unasked', work: 'login', answers: [LET_IN] },
  { name: 'in answer to a query', work: 'login', answers: [LET_IN, NOTHING] },
  { name: 'in place of a row', work: 'login', answers: [LET_IN, rowDescription('standby')] },
  {
    name: 'after a row',
    work: 'login',
    answers: [LET_IN, Buffer.concat([rowDescription('standby'), dataRow('t')])],
  },
  { name: 'in answer to Parse', work: 'role', answers: [LET_IN, NOTHING] },
  { name: 'in answer to Describe', work: 'role', answers: [LET_IN, PREPARED] },
  { name: 'in place of a role', work: 'role', answers: [LET_IN, Buffer.concat([PREPARED, ROLE_COLUMNS])] },
];

/** A frame of any type with any body, or any bytes. */
const ANY_BYTES = fc.oneof(
  fc
    .tuple(fc.constantFrom(...'RKCDEINASTZ123nst'), fc.uint8Array({ maxLength: 60 }))
    .map(([type, body]) => backendMessage(type, Buffer.from(body))),
  fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);

const RESULT = /^(?:[a-z-]+|LoginFailure|LockstepError LOCKSTEP_POSTGRES_[A-Z_]+)$/;

for (const moment of MOMENTS) {
  t.test(`survives each malformed message ${moment.name}`, async (t) => {
    let malformed: Buffer = NOTHING;
    const server = await aFakeServer(t, (socket) => answer(socket, moment.answers, malformed));
    const client = aClientProcess(t);
    const random = fc
      .sample(ANY_BYTES, { numRuns: 100 })
      .map((bytes): Malformed => [`random ${bytes.toString('hex')}`, bytes]);
    for (const [name, bytes] of [...malformedMessages(), ...random]) {
      malformed = bytes;
      try {
        const { results } = await client.run({ port: server.port, work: moment.work });
        const [result = ''] = results;
        if (!RESULT.test(result)) t.fail(`${name}: ${result}`);
      } catch (error) {
        t.fail(`${name}: ${error}`);
        return;
      }
    }
    t.pass('it answered each time');
  });
}

t.test('reads the well-formed answers between them', async (t) => {
  const end = Buffer.concat([backendMessage('C', 'SELECT 1\0'), backendMessage('Z', 'I')]);
  const results = [];
  for (const { work, answers } of MOMENTS.filter(
    ({ name }) => name === 'after a row' || name === 'in place of a role',
  )) {
    const server = await aFakeServer(t, (socket) => answer(socket, answers, end));
    results.push(...(await aClientProcess(t).run({ port: server.port, work })).results);
  }
  t.same(results, ['ok', 'no role']);
});

/** Sends the answers, each to what the client has sent, and the malformed bytes after the last one. Then it ends. */
function answer(socket: Socket, answers: readonly Buffer[], malformed: Buffer): void {
  let answered = 0;
  socket.on('data', () => {
    const next = answers[answered];
    answered += 1;
    if (next === undefined) return;
    if (answered < answers.length) socket.write(next);
    else socket.end(Buffer.concat([next, malformed]));
  });
}
