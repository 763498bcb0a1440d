import type { Credential } from '../../record/credential.ts';
import type { SecretData } from '../../record/record.ts';
import type { LoginKeys } from './publish.ts';

/** What a version of a Secret holds under the keys of its login; undefined where one of the two is lacking. */
export function credentialInVersion(
  data: SecretData | undefined,
  { user, password }: LoginKeys,
): Credential | undefined {
  const role = data?.get(user)?.withPlaintext(({ text }) => text);
  const value = data?.get(password);
  return role === undefined || value === undefined || value.isEmpty ? undefined : { role, password: value };
}
