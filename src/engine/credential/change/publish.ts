import { MAX_TEXT_BYTES } from '../../evaluation/base-key-check.ts';
import type { EngineContext } from '../../evaluation/decision.ts';
import { parsedConnection } from '../../evaluation/parsed-connection.ts';
import type { Finding } from '../../finding/finding.ts';
import type { Permissions } from '../../permissions/permissions.ts';
import { type KeyEdit, previousValueKeys, withDerivedKeys } from '../../permissions/with-derived.ts';
import type { Credential } from '../../record/credential.ts';
import { differingKeys, type SecretData } from '../../record/record.ts';
import { Sensitive } from '../../secret/sensitive.ts';
import { rewriteConnection } from '../../uri/rewrite.ts';

/** Where a Secret holds a login. */
export interface LoginKeys {
  readonly user: string;
  readonly password: string;
}

export interface Publication {
  readonly keys: LoginKeys;
  /** What the Secret is to hold. */
  readonly to: Credential;
  /** What others of its keys may still hold: whole, or in a URL. */
  readonly from: readonly (Credential | undefined)[];
  /** Values of an earlier version, all of which come back. */
  readonly restored: SecretData | undefined;
  /** They come back as they were: what does not follow from them is meant so. */
  readonly forced?: boolean;
}

/** What it takes to have a Secret hold another login, with all that follows it. `refusals`: what the policies would deny it for. */
export function publicationEdit(
  permissions: Permissions,
  publication: Publication,
  context: EngineContext,
): KeyEdit & { readonly refusals: readonly Finding[] } {
  const { data } = permissions.request.secret;
  const base = restoredEdit(data, publication.restored);
  const after = new Map([...data, ...base.set]);
  for (const key of base.remove) after.delete(key);
  // The login as well where it is there already: what follows it may not be, if nobody has judged the edit.
  const set = new Map([...base.set, ...updatedCopies(after, publication), ...loginValues(publication)]);
  const remove = base.remove;
  const edit =
    publication.forced === true
      ? { set, remove, refusals: [] }
      : withDerivedKeys(permissions, { set, remove }, previousValueKeys(permissions), context);
  return { ...edit, set: new Map([...edit.set].filter(([key, value]) => !value.equals(data.get(key)))) };
}

function restoredEdit(data: SecretData, restored: SecretData | undefined): KeyEdit {
  if (restored === undefined) return { set: new Map(), remove: [] };
  const keys = differingKeys(data, restored);
  return {
    set: new Map([...restored].filter(([key]) => keys.includes(key))),
    remove: keys.filter((key) => !restored.has(key)),
  };
}

const loginValues = ({ keys, to }: Publication): SecretData =>
  new Map([
    [keys.user, Sensitive.fromText(to.role)],
    [keys.password, to.password],
  ]);

/** Other keys with the password as it was, or a URL with the login: whoever reads those would be locked out. */
function updatedCopies(data: SecretData, { keys, to, from }: Publication): SecretData {
  const set = new Map<string, Sensitive>();
  for (const former of from) {
    if (former === undefined || former.password.isEmpty) continue;
    for (const [key, value] of data) {
      if (key === keys.user || key === keys.password || value.size > MAX_TEXT_BYTES) continue;
      const copy = value.equals(former.password) ? to.password : urlWithLogin(value, former, to);
      if (copy !== undefined && !copy.equals(value)) set.set(key, copy);
    }
  }
  return set;
}

/** The URL with the one login in place of the other; undefined where it is none, or has another login. */
function urlWithLogin(value: Sensitive, from: Credential, to: Credential): Sensitive | undefined {
  return value.withPlaintext((plain) => {
    const connection = plain.text === undefined ? undefined : parsedConnection(plain);
    if (connection?.system !== 'postgres' || connection.user?.value !== from.role) return undefined;
    if (textOf(from.password) !== connection.password?.value) return undefined;
    const password = textOf(to.password);
    if (plain.text === undefined || password === undefined) return undefined;
    const rewritten = rewriteConnection(plain.text, connection, { user: to.role, password });
    return rewritten === undefined ? undefined : Sensitive.fromText(rewritten);
  });
}

/** Wrapped again before it leaves this file. */
const textOf = (value: Sensitive | undefined): string | undefined => value?.withPlaintext(({ text }) => text);
