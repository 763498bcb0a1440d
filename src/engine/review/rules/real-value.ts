import { type KeyEntry, wantedLength } from '../../policy/policy.ts';
import { type ValueOrigin, valueOriginOf } from '../../secret/key-names/value-origin.ts';
import { placeOfFix } from '../../secret/owners.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';

/**
 * The fix for a key that lacks a real value. `instruction` is for a key that takes a random value ("set a longer
 * value"): a command that makes one follows it. Any other value is set or inserted, and no command can make it.
 */
export function realValueFix(
  { request: { secret }, data }: Pick<Evaluation, 'request' | 'data'>,
  { key, entry }: Pick<ManagedKey, 'key' | 'entry'>,
  instruction: string,
  verb: 'set' | 'add' = 'set',
  asked?: AskedValue,
): string {
  const place = placeOfFix(secret, verb);
  if (entry.sensitive === false && entry.format !== 'pem') return `${instruction}${place}`;
  switch (pemOriginOf(data.get(key)) ?? originOf(key, entry, secret.name, data.get(key))) {
    case 'random':
      return `${instruction}${place}, ${randomValueFor(entry, asked)}`;
    case 'own-format':
      return `${instruction}${place}, ${asked === undefined ? 'in the form that its program asks for' : randomValueFor(entry, asked)}`;
    case 'unknown':
      if (asked !== undefined) return `${instruction}${place}, ${randomValueFor(entry, asked)}`;
      return `${verb === 'add' ? 'add a generated value' : instruction}${place}, or the one that its vendor issued`;
    case 'vendor':
      return `${verb} the ${nounOf(key)} that the vendor issued${place}`;
    case 'account':
      return `${verb} the password of that account${place}`;
    case 'certificate':
      return `insert the certificate${place}`;
    case 'private-key':
      return `insert the ${/mnemonics?$/i.test(key) ? 'mnemonic' : 'private key'}${place}`;
  }
}

/** BEGIN and END say what belongs between them. */
function pemOriginOf(value: Sensitive | undefined): ValueOrigin | undefined {
  const header = value?.withPlaintext(
    ({ text }) => /^\s{0,9}-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(text?.slice(0, 80) ?? '')?.[1],
  );
  if (header === undefined) return undefined;
  return header.endsWith('PRIVATE KEY') ? 'private-key' : 'certificate';
}

/** A policy that generates a key says that a random value works, whatever the name of the key is. */
function originOf(
  key: string,
  { format, generate }: KeyEntry,
  secretName: string,
  value: Sensitive | undefined,
): ValueOrigin {
  if (generate !== undefined) return 'random';
  // The default of MinIO under the key of AWS.
  const isMinio = value?.withPlaintext(({ text }) => text?.startsWith('minio')) === true;
  const origin = valueOriginOf(key, isMinio ? 'minio' : secretName);
  return format === 'pem' && origin !== 'certificate' ? 'private-key' : origin;
}

/** A command that makes a value, if the policy allows what it makes. */
function randomValueFor(entry: KeyEntry, asked?: AskedValue): string {
  const { prefix, enum: allowed, pattern, maxLength = Infinity } = entry;
  const bytes = Math.min(bytesFor(entry), Math.floor(maxLength / 4) * 3);
  const isAllowed = [prefix, allowed, pattern].every((form) => form === undefined);
  if (asked !== undefined && isAllowed) {
    const length = asked.encoding === 'hex' ? asked.bytes * 2 : charactersOf(asked.bytes);
    if (length >= wantedLength(entry) && length <= maxLength)
      return `e.g. openssl rand -${asked.encoding} ${asked.bytes}`;
  }
  return isAllowed && charactersOf(bytes) >= Math.max(wantedLength(entry), 1)
    ? `e.g. openssl rand -base64 ${bytes}`
    : 'in the form that its policy asks for';
}

/** openssl pads base64. */
const charactersOf = (bytes: number): number => Math.ceil(bytes / 3) * 4;

/** The bytes of a random value, whose base64 has as many characters as the policy asks for. */
function bytesFor(entry: KeyEntry): number {
  const length = wantedLength(entry);
  // 24 bytes make 32 characters, 48 make 64: more than any smaller length that a policy asks for.
  const bytes = entry.generate !== undefined && 'length' in entry.generate && length <= 32 ? 24 : 48;
  return Math.max(bytes, Math.ceil((length * 3) / 4));
}

/** The random value that a placeholder asks for. It is no property of a secret. */
export interface AskedValue {
  readonly encoding: 'hex' | 'base64';
  readonly bytes: number;
}

/** `openssl rand -hex 32`, `<32 random bytes>`, `64-hex-characters`. Only for a value that is a placeholder. */
export function askedValueOf(value: Sensitive | undefined): AskedValue | undefined {
  return value?.withPlaintext(({ text = '' }) => {
    const start = text.slice(0, MAX_ASKING);
    const [, encoding, size] = /(?<![a-z])(hex|base64)[-_ (]{1,2}(\d{2,3})(?!\d)/i.exec(start) ?? [];
    if (encoding !== undefined) return asked(/hex/i.test(encoding) ? 'hex' : 'base64', Number(size));
    const [, bytes] = /(?<!\d)(\d{2,3})[-_ ]?(?:random[-_ ])?bytes?(?![a-z])/i.exec(start) ?? [];
    if (bytes !== undefined) return asked(/hex/i.test(start) ? 'hex' : 'base64', Number(bytes));
    if (/min|least/i.test(start)) return undefined;
    const [, characters] =
      /(?<!\d)(\d{2,3})[-_ ]?(?:hex(?:adecimal)?[-_ ]?)?(?:chars?|characters?|digits)(?![a-z])/i.exec(
        start,
      ) ?? [];
    return characters === undefined ? undefined : asked('hex', Number(characters) / 2);
  });
}

/** A longer text is no placeholder. */
const MAX_ASKING = 200;

/** Any other number of bytes is no length of a key. */
const asked = (encoding: AskedValue['encoding'], bytes: number): AskedValue | undefined =>
  [16, 24, 32, 48, 64, 96, 128].includes(bytes) ? { encoding, bytes } : undefined;

function nounOf(key: string): string {
  const [noun] = /(?:key|token|secret|credentials?)s?$/i.exec(key) ?? [];
  return noun === undefined ? 'value' : noun.toLowerCase();
}
