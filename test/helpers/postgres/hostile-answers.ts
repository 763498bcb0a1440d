import type { Socket } from 'node:net';
import { backendMessage } from './fake-server.ts';
import { dataRow, rowDescription } from './malformed.ts';

/** AuthenticationOk and ReadyForQuery. */
export const LET_IN = Buffer.concat([backendMessage('R', 0), backendMessage('Z', 'I')]);

const WIDE_NAMES = Array.from({ length: 1600 }, (_, at) => `c${at}`);
const WIDE_ROWS = Array<Buffer>(620).fill(dataRow(...WIDE_NAMES.map(() => undefined)));
const NOTICE = backendMessage('N', `SNOTICE\0C00000\0M${'x'.repeat(60_000)}\0\0`);

/** Answers to the query of a login. */
export const HOSTILE_ANSWERS = {
  /** It was an endless loop. */
  'an error without its end': backendMessage('E'),
  /** It was an uncaught error. */
  'a negative count of columns': backendMessage('T', Buffer.from([0x9c, 0x40])),
  /** One took 105 MB. */
  '1,600 NULL columns × 620 rows': Buffer.concat([
    rowDescription(...WIDE_NAMES),
    ...WIDE_ROWS,
    backendMessage('C', 'SELECT 620\0'),
    backendMessage('Z', 'I'),
  ]),
  '5 MB of notices': Buffer.concat(Array<Buffer>(80).fill(NOTICE)),
} as const;

/** Lets a client in, answers its first query, and ends at the next one. */
export function answerQuery(socket: Socket, answer: Buffer): void {
  socket.once('data', () => {
    socket.write(LET_IN);
    socket.once('data', () => {
      socket.write(answer);
      socket.once('data', () => socket.end());
    });
  });
}
