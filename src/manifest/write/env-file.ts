import { Buffer } from 'node:buffer';

/**
 * One `KEY=VALUE` line that `kubectl create secret --from-env-file` and `docker run --env-file` read alike. Both take
 * everything behind the first `=` as the value, also quotes and blanks, up to the end of the line. Undefined if a value
 * has no such line.
 */
export function envFileLine(key: string, value: string): string | undefined {
  const line = `${key}=${value}\n`;
  const isReadable = KEY.test(key) && !/[\0\r\n]/.test(value) && value.isWellFormed();
  return isReadable && Buffer.byteLength(line) <= MAX_LINE_BYTES ? line : undefined;
}

/** kubectl refuses other names of variables. docker would take them. */
const KEY = /^[-._A-Za-z][-._A-Za-z0-9]*$/;

/** Both read lines by Go's bufio.Scanner, which refuses longer ones. */
const MAX_LINE_BYTES = 60_000;
