import type { Policy } from '../../policy/policy.ts';
import { sourceOfDerivedSecret } from '../../review/own-writes/derived-secret-marks.ts';
import type { Credential } from '../../secret/record/credential.ts';
import type { Secret } from '../../secret/secret.ts';
import { namedSourceOf } from '../copies/login-copy.ts';
import { adminCredentialIn } from '../in-secret/admin-in-secret.ts';
import { findLogin } from '../in-secret/login-keys.ts';
import { type Login, loginsOf } from '../in-secret/logins.ts';
import { canonicalHost } from './named-server.ts';

/** The login whose copies are looked for. */
export interface SoughtLogin extends Credential, Pick<Login, 'system'> {
  readonly place: { readonly namespace: string; readonly name: string };
  /** Undefined if its server is not known. */
  readonly server: { readonly host: string; readonly port: number } | undefined;
}

/** Another Secret with the same password, or with the same role on the same server. */
export interface Copy {
  readonly namespace: string;
  readonly name: string;
  /** The keys that hold the password, also in a URL. */
  readonly keys: readonly string[];
  readonly hasSamePassword: boolean;
  /** The keys of its login, if it has the password and its annotation agrees to follow. */
  readonly agreed?: { readonly user: string | undefined; readonly password: string } | undefined;
}

export function copyIn(secret: Secret, sought: SoughtLogin, policies: readonly Policy[]): Copy | undefined {
  const { namespace, name, data } = secret;
  // lockstep itself updates the derived Secret.
  const own = [name, sourceOfDerivedSecret(secret)];
  if (namespace === sought.place.namespace && own.includes(sought.place.name)) return undefined;
  const logins = loginsOf(secret, policies).filter(({ system }) => system === sought.system);
  const plain = [...data].flatMap(([key, value]) => (value.equals(sought.password) ? [key] : []));
  const same = [
    ...plain,
    ...logins.flatMap(({ source, password }) => (password.equals(sought.password) ? [source] : [])),
  ];
  if (same.length > 0)
    return {
      namespace,
      name,
      keys: [...new Set(same)],
      hasSamePassword: true,
      agreed: agreedKeys(secret, sought, plain),
    };
  const { server, role } = sought;
  if (server === undefined) return undefined;
  const host = canonicalHost(server.host, sought.place.namespace);
  const others = logins.filter(
    ({ user, address = '', port = '5432' }) =>
      user === role && canonicalHost(address, namespace) === host && port === String(server.port),
  );
  const keys = others.map(({ key }) => key);
  return keys.length === 0
    ? undefined
    : { namespace, name, keys: [...new Set(keys)], hasSamePassword: false };
}

function agreedKeys(secret: Secret, { place }: SoughtLogin, plain: readonly string[]): Copy['agreed'] {
  const source = namedSourceOf(secret);
  if (source?.namespace !== place.namespace || source.name !== place.name) return undefined;
  const found = findLogin(secret);
  if (found.kind === 'login' && plain.includes(found.keys.password)) return found.keys;
  const [password] = plain;
  return password === undefined ? undefined : { user: undefined, password };
}

/** A Secret of the same namespace whose name or user is that of an administrator. Nothing says of which server. */
export function mayBeAdministrator(secret: Secret, { place, role }: SoughtLogin): boolean {
  if (secret.namespace !== place.namespace || secret.name === place.name) return false;
  const admin = adminCredentialIn(secret);
  if ('fault' in admin || admin.role === role || findLogin(secret).kind === 'other-system') return false;
  return admin.role === 'postgres' || /(^|[-.])(admin|superuser)([-.]|$)/.test(secret.name);
}
