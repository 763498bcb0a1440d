import { readFileSync } from 'node:fs';

const ESTABLISHED = '01';

/** The ports at the near end of the connections of this machine that are open to there. */
export function socketsTo({ address, port }: { readonly address: string; readonly port: number }): string[] {
  // As proc(5) says: little-endian, in hexadecimal.
  const bytes = address.split('.').toReversed();
  const hex = (text: string | number, width: number) =>
    Number(text).toString(16).toUpperCase().padStart(width, '0');
  const far = `${bytes.map((byte) => hex(byte, 2)).join('')}:${hex(port, 4)}`;
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote, state]) => remote === far && state === ESTABLISHED)
    .map(([, local = '']) => local);
}
