import { backendMessage } from './fake-server.ts';

/** The name of a message, and its bytes. */
export type Malformed = readonly [name: string, bytes: Buffer];

const int16 = (value: number): Buffer => Buffer.from([(value >> 8) & 0xff, value & 0xff]);

/** A RowDescription of columns as text. */
export const rowDescription = (...names: readonly string[]): Buffer =>
  backendMessage(
    'T',
    int16(names.length),
    ...names.flatMap((name) => [`${name}\0`, 0, int16(0), 25, int16(-1), -1, int16(0)]),
  );

/** A DataRow. Undefined is NULL. */
export const dataRow = (...values: readonly (string | undefined)[]): Buffer =>
  backendMessage(
    'D',
    int16(values.length),
    ...values.flatMap((value) => (value === undefined ? [-1] : [Buffer.byteLength(value), value])),
  );

/** A well-formed message of each type that a server can send. */
const EXAMPLES: readonly Malformed[] = [
  ['AuthenticationOk', backendMessage('R', 0)],
  ['AuthenticationCleartextPassword', backendMessage('R', 3)],
  ['AuthenticationMD5Password', backendMessage('R', 5, 'salt')],
  ['AuthenticationSASL', backendMessage('R', 10, 'SCRAM-SHA-256\0\0')],
  ['AuthenticationSASLContinue', backendMessage('R', 11, 'r=x,s=c2FsdA==,i=4096')],
  ['AuthenticationSASLFinal', backendMessage('R', 12, 'v=c2FsdA==')],
  ['an unknown Authentication', backendMessage('R', 77)],
  ['BackendKeyData', backendMessage('K', 1, 2)],
  ['BindComplete', backendMessage('2')],
  ['CloseComplete', backendMessage('3')],
  ['CommandComplete', backendMessage('C', 'SELECT 1\0')],
  ['CopyBothResponse', backendMessage('W', '\0', int16(1), int16(0))],
  ['CopyData', backendMessage('d', 'row')],
  ['CopyDone', backendMessage('c')],
  ['CopyInResponse', backendMessage('G', '\0', int16(1), int16(0))],
  ['CopyOutResponse', backendMessage('H', '\0', int16(1), int16(0))],
  ['DataRow', dataRow('t')],
  ['DataRow of NULL', dataRow(undefined)],
  ['EmptyQueryResponse', backendMessage('I')],
  ['ErrorResponse', backendMessage('E', 'SERROR\0C42P01\0Mno\0\0')],
  ['FunctionCallResponse', backendMessage('V', 1, 'x')],
  ['NegotiateProtocolVersion', backendMessage('v', 3 << 16, 0)],
  ['NoData', backendMessage('n')],
  ['NoticeResponse', backendMessage('N', 'SNOTICE\0C00000\0Mno\0\0')],
  ['NotificationResponse', backendMessage('A', 1, 'channel\0payload\0')],
  ['ParameterDescription', backendMessage('t', int16(1), 25)],
  ['ParameterStatus', backendMessage('S', 'TimeZone\0UTC\0')],
  ['ParseComplete', backendMessage('1')],
  ['PortalSuspended', backendMessage('s')],
  ['ReadyForQuery', backendMessage('Z', 'I')],
  ['RowDescription', rowDescription('standby')],
  ['an unknown type', backendMessage('\x07', 'body')],
];

const HEADER = 5;
const LENGTHS = [0, 1, 3, 4, 0x7fffffff, 0x80000000, 0xffffffff];
const COUNTS = [0, 2, 1600, 0x7fff, 0x8000, 0x9c40, 0xffff];
const FIELD_LENGTHS = [-2, 0, 0x7fffffff, -0x80000000];

/** Each example as it is, and with one fault. */
export function malformedMessages(): readonly Malformed[] {
  return EXAMPLES.flatMap(([name, message]) => [
    [name, message] as const,
    ...cuts(message).map(([fault, bytes]) => [`${name}, ${fault}`, bytes] as const),
    ...LENGTHS.map((length) => [`${name}, its length is ${length}`, withUint32(message, 1, length)] as const),
    [`${name}, a byte longer than it says`, withUint32(message, 1, message.length - 2)] as const,
    [`${name}, a byte shorter than it says`, withUint32(message, 1, message.length)] as const,
    [`${name}, of 1 MiB`, resized(message, Buffer.alloc(1024 * 1024, 0x41))] as const,
    ...(message.length < HEADER + 2
      ? []
      : COUNTS.map(
          (count) => [`${name}, its count is ${count}`, withUint16(message, HEADER, count)] as const,
        )),
    ...(message.length < HEADER + 6
      ? []
      : FIELD_LENGTHS.map(
          (length) =>
            [
              `${name}, its first field has ${length} bytes`,
              withUint32(message, HEADER + 2, length),
            ] as const,
        )),
    [
      `${name}, without NUL`,
      Buffer.from(message.map((byte, at) => (at >= HEADER && byte === 0 ? 0x41 : byte))),
    ] as const,
    [`${name}, all bytes 0xff`, resized(message, Buffer.alloc(message.length, 0xff))] as const,
    [`${name}, all bytes 0`, resized(message, Buffer.alloc(message.length))] as const,
  ]);
}

/** The body cut after each byte, with a length that fits. */
const cuts = (message: Buffer): readonly Malformed[] =>
  Array.from({ length: Math.min(message.length - HEADER, 12) }, (_, kept) => [
    `cut after ${kept} bytes`,
    resized(message, message.subarray(HEADER, HEADER + kept)),
  ]);

const resized = (message: Buffer, body: Buffer): Buffer =>
  backendMessage(message.toString('latin1', 0, 1), body);

function withUint32(message: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(message);
  changed.writeUInt32BE(value >>> 0, at);
  return changed;
}

function withUint16(message: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(message);
  changed.writeUInt16BE(value, at);
  return changed;
}
