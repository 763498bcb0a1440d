import type { Credential } from '../../record/credential.ts';
import type { SecretData } from '../../record/record.ts';
import type { LoginKeys } from './publish.ts';

/** The login in a version of a Secret. Undefined if role or password is missing. */
export function credentialInVersion(
  data: SecretData | undefined,
  { user, password }: LoginKeys,
): Credential | undefined {
  const role = data?.get(user)?.withPlaintext(({ text }) => text);
  const value = data?.get(password);
  return role === undefined || value === undefined || value.isEmpty ? undefined : { role, password: value };
}
