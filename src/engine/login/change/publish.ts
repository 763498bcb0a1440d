import type { EngineContext } from '../../review/evaluation/decision.ts';
import { MAX_TEXT_BYTES } from '../../review/evaluation/input-artifact.ts';
import { parsedConnection } from '../../review/evaluation/parsed-connection.ts';
import type { Permissions } from '../../review/own-writes/permissions.ts';
import { type KeyEdit, previousValueKeys, withDerivedKeys } from '../../review/own-writes/with-derived.ts';
import type { Finding } from '../../secret/finding/finding.ts';
import type { Credential } from '../../secret/record/credential.ts';
import { differingKeys, type SecretData } from '../../secret/record/record.ts';
import { Sensitive } from '../../secret/sensitive.ts';
import { isKeyOfOtherSystem } from '../../value/systems/systems.ts';
import { rewriteConnection } from '../../value/uri/rewrite/rewrite.ts';
import type { LoginKeys } from '../credential-schema/stated-spec.ts';
import { isLoginOf, isOfSeveralServers } from '../in-secret/url-passwords.ts';
import { defaultAccountOf, systemOf } from '../server-kinds/kinds.ts';
import { credentialInVersion } from './credential-in-version.ts';

export interface Publication {
  readonly keys: LoginKeys;
  /** The login that the Secret must hold. */
  readonly to: Credential;
  /** The logins that other keys may still hold, as a whole value or in a URL. */
  readonly from: readonly (Credential | undefined)[];
  /** The values of an earlier version, which are all restored. */
  readonly restored: SecretData | undefined;
  /** The keys of other logins in the Secret, which stay as they are. */
  readonly others?: readonly LoginKeys[];
  /** False for a copy that holds no role. */
  readonly writesUser?: boolean;
  /** The values are restored unchanged. A derived key that does not agree is intended. */
  readonly forced?: boolean;
}

/**
 * The edit that puts another login into a Secret, with all keys that follow it. `refusals` are the reasons for which
 * the policies would refuse it.
 */
export function publicationEdit(
  permissions: Permissions,
  publication: Publication,
  context: EngineContext,
): KeyEdit & { readonly refusals: readonly Finding[] } {
  const { data } = permissions.request.secret;
  const base = restoredEdit(data, publication);
  const after = afterEdit(data, base);
  // Sets the login even if the Secret has it already: if the edit was never validated, the keys that follow it may be
  // old.
  const set = new Map([
    ...base.set,
    ...updatedCopies(after, publication),
    ...loginValues(after, publication),
  ]);
  const remove = base.remove;
  const edit = { set, remove, keep: urlsOfOthers(after, publication) };
  const derived =
    publication.forced === true
      ? { set, remove, refusals: [] }
      : withDerivedKeys(permissions, edit, previousValueKeys(permissions), context);
  return {
    ...derived,
    set: new Map([...derived.set].filter(([key, value]) => !value.equals(data.get(key)))),
  };
}

function restoredEdit(data: SecretData, { restored, others = [] }: Publication): KeyEdit {
  if (restored === undefined) return { set: new Map(), remove: [] };
  const kept = others.flatMap(({ user, password }) => [user, password]);
  const keys = differingKeys(data, restored).filter((key) => !kept.includes(key));
  const edit = {
    set: new Map([...restored].filter(([key]) => keys.includes(key))),
    remove: keys.filter((key) => !restored.has(key)),
  };
  const after = afterEdit(data, edit);
  const urls = others.flatMap((one) => {
    const [to, from] = [credentialInVersion(data, one), credentialInVersion(restored, one)];
    return to === undefined ? [] : [...updatedCopies(after, { keys: one, to, from: [from] })];
  });
  return { ...edit, set: new Map([...edit.set, ...urls]) };
}

function afterEdit(data: SecretData, { set, remove }: KeyEdit): SecretData {
  const after = new Map([...data, ...set]);
  for (const key of remove) after.delete(key);
  return after;
}

const loginValues = (data: SecretData, { keys, to, writesUser = true }: Publication): SecretData =>
  new Map([
    ...(writesUser && (data.has(keys.user) || to.role !== defaultAccountOf(keys))
      ? [[keys.user, Sensitive.fromText(to.role)] as const]
      : []),
    [keys.password, to.password],
  ]);

/**
 * Other keys with the old password, or URLs with the old login. Their consumers could no longer log in. Two servers may
 * have the same password: a key of the other server stays as it is.
 */
function updatedCopies(
  data: SecretData,
  { keys, to, from, others = [] }: Pick<Publication, 'keys' | 'to' | 'from' | 'others'>,
): SecretData {
  const system = systemOf(keys);
  const isOfOther = (key: string): boolean =>
    isKeyOfOtherSystem(key, system) || others.some(({ password }) => password === key);
  const set = new Map<string, Sensitive>();
  for (const former of from) {
    if (former === undefined || former.password.isEmpty) continue;
    for (const [key, value] of data) {
      if (key === keys.user || key === keys.password || value.size > MAX_TEXT_BYTES) continue;
      const isPassword = value.equals(former.password) && !isOfOther(key);
      const copy = isPassword ? to.password : urlWithLogin(value, system, former, to);
      if (copy !== undefined && !copy.equals(value)) set.set(key, copy);
    }
  }
  return set;
}

/**
 * The keys with a URL of another login. If a system has a default user, the policies can't tell a URL of another user
 * from one whose user no key names.
 */
function urlsOfOthers(data: SecretData, { keys, to, from }: Publication): ReadonlySet<string> {
  const system = systemOf(keys);
  const roles = [to, ...from].flatMap((login) => login?.role ?? []);
  const isOfOther = (value: Sensitive): boolean =>
    value.withPlaintext((plain) => {
      const connection = plain.text === undefined ? undefined : parsedConnection(plain);
      if (connection?.system !== system || connection.password === undefined) return false;
      return isOfSeveralServers(connection) || !roles.some((role) => isLoginOf(connection, system, role));
    });
  if (defaultAccountOf(keys) === undefined) return new Set();
  const others = [...data].filter(([, value]) => value.size <= MAX_TEXT_BYTES && isOfOther(value));
  return new Set(others.map(([key]) => key));
}

/** The URL with the new login. Undefined if the value is no URL, or has a different login. */
function urlWithLogin(
  value: Sensitive,
  system: string,
  from: Credential,
  to: Credential,
): Sensitive | undefined {
  return value.withPlaintext((plain) => {
    const connection = plain.text === undefined ? undefined : parsedConnection(plain);
    if (connection === undefined || !isLoginOf(connection, system, from.role)) return undefined;
    if (isOfSeveralServers(connection)) return undefined;
    if (textOf(from.password) !== connection.password?.value) return undefined;
    const password = textOf(to.password);
    if (plain.text === undefined || password === undefined) return undefined;
    const rewritten = rewriteConnection(plain.text, connection, {
      ...(connection.user !== undefined && { user: to.role }),
      password,
    });
    return rewritten === undefined ? undefined : Sensitive.fromText(rewritten);
  });
}

/** The plaintext is wrapped again before it leaves this file. */
const textOf = (value: Sensitive | undefined): string | undefined => value?.withPlaintext(({ text }) => text);
