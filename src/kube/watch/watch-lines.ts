import { LimitedBuffer, type OversizedObject, oversizedObjectOf } from '../client/oversized-object.ts';

const NEWLINE = 0x0a;

/**
 * The lines of a body as they arrive. A last line without a newline is incomplete, and is dropped. For a line that is
 * larger than any object, the result is the name of its object.
 */
export async function* watchLines(body: AsyncIterable<Buffer>): AsyncGenerator<string | OversizedObject> {
  let line = new LimitedBuffer();
  for await (const chunk of body) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      line.add(chunk.subarray(from, end));
      yield line.isOverLimit ? oversizedObjectOf(line.bytes()) : line.bytes().toString('utf8');
      line = new LimitedBuffer();
      from = end + 1;
    }
    line.add(chunk.subarray(from));
  }
}
