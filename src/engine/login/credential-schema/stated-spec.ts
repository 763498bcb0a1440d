import type { LoginSystem } from '../../secret/record/login-record.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import type { PostgresCredentialSpec } from './postgres-schema.ts';
import type { RedisCredentialSpec } from './redis-schema.ts';

/** The keys of a Secret that hold a login. */
export interface LoginKeys {
  readonly user: string;
  readonly password: string;
  readonly system?: LoginSystem;
}

/** Another Secret that holds the same login, and follows it. */
export interface LoginCopy extends SecretRef {
  readonly keys: LoginKeys;
}

/** The spec of a credential of either kind, as its author wrote it. */
export interface StatedSpec extends Omit<PostgresCredentialSpec, 'keys'> {
  /** A server without databases has no key for one: it is empty. */
  readonly keys: LoginKeys & { readonly database: string };
}

/** A user of Redis may have two passwords at once, so one user is enough for a change without a failed login. */
export const statedRedisSpec = ({
  keys,
  allowedUsers,
  rotation,
  ...spec
}: RedisCredentialSpec): StatedSpec => ({
  ...spec,
  keys: { ...keys, database: '', system: 'redis' },
  allowedRoles: allowedUsers,
  rotation: { ...rotation, strategy: 'SingleUser' },
});

export const copiesOf = (
  { copies = [], keys: { user, password } }: StatedSpec,
  ownNamespace: string,
): readonly LoginCopy[] =>
  copies.map(({ namespace = ownNamespace, secretName, keys }) => ({
    namespace,
    name: secretName,
    keys: { user: keys?.user ?? user, password: keys?.password ?? password },
  }));
