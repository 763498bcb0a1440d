import { hitsNone } from '../../helpers/engine/no-placeholder-hits.ts';
import { seededRandom } from '../../helpers/engine/seeded-random.ts';

const { bytes, text } = seededRandom(20_240_229);

function uuid(): string {
  const hex = bytes(16, 16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

hitsNone('hexadecimal', () => bytes(16, 64).toString('hex'));
hitsNone('base64', () => bytes(16, 64).toString('base64'));
hitsNone('base64url', () => bytes(16, 64).toString('base64url'));
hitsNone('base32', () => text('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16, 56));
hitsNone('UUID', uuid);
hitsNone('digits', () => text('0123456789', 16, 40));
