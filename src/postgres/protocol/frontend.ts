import { LoginFailure } from './login-failure.ts';

/** MAX_STARTUP_PACKET_LENGTH. Above it, a server closes the connection without a message. */
const MAX_STARTUP_BYTES = 10_000;

/** Protocol 3.0, and pairs of names and values. A NUL would end a value early, and start another. */
export function startupMessage(parameters: Readonly<Record<string, string>>): Buffer {
  const strings = Object.entries(parameters).flat();
  if (strings.some((word) => word.includes('\0'))) throw new LoginFailure('other');
  const text = Buffer.from(`${strings.join('\0')}\0\0`);
  if (8 + text.length > MAX_STARTUP_BYTES) throw new LoginFailure('other');
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + text.length, 0);
  head.writeUInt32BE(3 << 16, 4);
  return Buffer.concat([head, text]);
}

/** SASLInitialResponse: the chosen mechanism, and its first message. */
export function saslInitialResponse(mechanism: string, response: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(response.length);
  return encodeMessage('p', Buffer.concat([Buffer.from(`${mechanism}\0`), length, Buffer.from(response)]));
}

/** Type, length, body. */
export function encodeMessage(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(type), length, body]);
}
