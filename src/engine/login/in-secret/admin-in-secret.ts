import type { Credential } from '../../secret/record/credential.ts';
import type { Secret } from '../../secret/secret.ts';
import { MAX_NAME_BYTES, readPassword, readText, type SecretFault } from './read-value.ts';

/**
 * The keys of an administrator's login. The pairs are those of lockstep and the official image, of the Secret type
 * kubernetes.io/basic-auth and CloudNativePG, of Crunchy, of libpq, and of Rails.
 */
const KEY_PAIRS: readonly (readonly [user: string, password: string])[] = [
  ['POSTGRES_USER', 'POSTGRES_PASSWORD'],
  ['username', 'password'],
  ['user', 'password'],
  ['PGUSER', 'PGPASSWORD'],
  ['POSTGRES_USERNAME', 'POSTGRES_PASSWORD'],
  ['DB_USER', 'DB_PASSWORD'],
  ['DB_USERNAME', 'DB_PASSWORD'],
];

/**
 * Keys without a user name mean the user `postgres`, in the official image and in the charts of Bitnami. There,
 * `password` belongs to another role.
 */
const PASSWORD_ONLY_KEYS = ['POSTGRES_PASSWORD', 'postgres-password'];

/** The login in the Secret that `spec.adminSecretName` names. */
export function adminCredentialIn({ data }: Pick<Secret, 'data'>): Credential | SecretFault {
  const hasValue = (key: string): boolean => data.get(key)?.isEmpty === false;
  const [userKey, passwordKey] = KEY_PAIRS.find((keys) => keys.every(hasValue)) ?? [
    undefined,
    PASSWORD_ONLY_KEYS.find(hasValue),
  ];
  const password = passwordKey === undefined ? undefined : readPassword(data, passwordKey);
  if (password === undefined) return NO_LOGIN;
  if ('fault' in password) return password;
  const role = userKey === undefined ? { text: 'postgres' } : readText(data, userKey, MAX_NAME_BYTES);
  if (role === undefined) return NO_LOGIN;
  return 'fault' in role ? role : { role: role.text, ...password };
}

const NO_LOGIN: SecretFault = {
  fault: 'it holds neither POSTGRES_USER and POSTGRES_PASSWORD nor username and password: set a pair of them',
};
