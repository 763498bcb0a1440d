import { Buffer } from 'node:buffer';
import type { Member } from './member.ts';

/** Registry passwords are tokens of up to 3,000 characters. */
const MAX_LENGTH = 8192;

/** `auth` of a docker config: base64 of `user:password`. Any other text stays as it is. */
export function decodedAuth(member: Member): Member {
  const { text } = member;
  const secret = { ...member, isSecret: true };
  if (text.length > MAX_LENGTH || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return secret;
  const login = Buffer.from(text, 'base64').toString('utf8');
  const colon = login.indexOf(':');
  if (colon < 0 || login.includes('\ufffd')) return secret;
  return { ...secret, user: login.slice(0, colon), text: login.slice(colon + 1).trimEnd() };
}
