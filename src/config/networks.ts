import { isIP } from 'node:net';
import { LockstepError } from '../errors.ts';

/** A network as it is written: `127.0.0.0/8`, or one address. */
export interface Cidr {
  readonly address: string;
  readonly prefix: number;
}

/** Throws BAD_OPTION. */
export const networksOf = (texts: readonly string[], by: string): readonly Cidr[] =>
  texts.map((text) => cidrOf(text) ?? refuse(text, by));

function cidrOf(text: string): Cidr | undefined {
  const [, address = '', digits] = /^([0-9A-Fa-f.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const longest = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  const prefix = digits === undefined ? longest : Number(digits);
  return longest === 0 || prefix > longest ? undefined : { address, prefix };
}

function refuse(text: string, by: string): never {
  throw new LockstepError('BAD_OPTION', [by, `must be networks such as 10.0.0.0/8 or fd00::/8, not ${text}`]);
}
