import type { Credential } from '../../secret/record/credential.ts';
import type { SecretData } from '../../secret/record/record.ts';
import type { LoginKeys } from '../credential-schema/stated-spec.ts';
import { defaultAccountOf } from '../server-kinds/kinds.ts';

/** The login in a version of a Secret. Undefined if role or password is missing. */
export function credentialInVersion(data: SecretData | undefined, keys: LoginKeys): Credential | undefined {
  const role = data?.get(keys.user)?.withPlaintext(({ text }) => text) ?? defaultAccountOf(keys);
  const value = data?.get(keys.password);
  return role === undefined || value === undefined || value.isEmpty ? undefined : { role, password: value };
}
