import { type KeyEntry, wantedLength } from '../policy/policy.ts';

/**
 * The command that makes a value for a sensitive key, after the text `before`. Empty for a key that is not sensitive.
 */
export function suggestCommand(entry: KeyEntry, before: string): string {
  if (entry.sensitive === false) return '';
  const length = wantedLength(entry);
  // 24 bytes make 32 characters, 48 make 64: more than any smaller length that a policy asks for.
  const bytes = entry.generate !== undefined && 'length' in entry.generate && length <= 32 ? 24 : 48;
  return `${before}openssl rand -base64 ${Math.max(bytes, Math.ceil((length * 3) / 4))}`;
}
