import { isIP } from 'node:net';
import type { Network } from '../engine/server/target.ts';
import { LockstepError } from '../errors/errors.ts';

/** Throws BAD_OPTION. */
export const parseNetworks = (texts: readonly string[], optionName: string): readonly Network[] =>
  texts.map((text) => parseCidr(text) ?? rejectNetwork(text, optionName));

function parseCidr(text: string): Network | undefined {
  const [, address = '', digits] = /^([0-9A-Fa-f.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const maxPrefix = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  const prefix = digits === undefined ? maxPrefix : Number(digits);
  return maxPrefix === 0 || prefix > maxPrefix ? undefined : { address, prefix };
}

function rejectNetwork(text: string, optionName: string): never {
  throw new LockstepError('BAD_OPTION', [
    optionName,
    `must be networks such as 10.0.0.0/8 or fd00::/8, not ${text}`,
  ]);
}
