import type { Readable } from 'node:stream';
import { Unreadable } from './watch-events.ts';

/** More than twice what etcd stores of one object. Bytes. */
const LONGEST_LINE = 4 * 1024 * 1024;
const NEWLINE = 0x0a;

/** The lines of a body, as they come. The last one counts only with its newline: what is cut off is no line. Throws Unreadable. */
export async function* linesOf(body: Readable): AsyncGenerator<string> {
  let pieces: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      yield Buffer.concat([...pieces, chunk.subarray(from, end)]).toString('utf8');
      pieces = [];
      size = 0;
      from = end + 1;
    }
    size += chunk.length - from;
    if (size > LONGEST_LINE) throw new Unreadable('a line of its answer is longer than 4 MiB');
    pieces.push(chunk.subarray(from));
  }
}
