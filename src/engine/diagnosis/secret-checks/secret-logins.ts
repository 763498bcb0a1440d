import { knownCredentials } from '../../login/change/known-credentials.ts';
import type { CredentialSpec } from '../../login/credential-schema/compile.ts';
import { hostFromNamespace } from '../../login/in-secret/login-in-secret.ts';
import { targetsOf } from '../../login/in-secret/login-targets.ts';
import { type Login, loginsOf, openLoginIn } from '../../login/in-secret/logins.ts';
import { urlPasswords } from '../../login/in-secret/url-passwords.ts';
import { authRule } from '../../login/server/accepted-auth.ts';
import { isProvenServer } from '../../login/server/proven-server.ts';
import type { ServerTarget } from '../../login/server/target.ts';
import { defaultAccountOf, serverKindOf, systemOf } from '../../login/server-kinds/kinds.ts';
import { matchingPolicies } from '../../policy/match/match.ts';
import type { Policy } from '../../policy/policy.ts';
import { evaluationOf, keyByName } from '../../review/evaluation/evaluation.ts';
import { inputArtifactOf } from '../../review/evaluation/input-artifact.ts';
import { STORED_AS_HASH } from '../../review/rules/encoding/hash-shaped.ts';
import type { Credential } from '../../secret/record/credential.ts';
import type { SecretData, SecretRecord } from '../../secret/record/record.ts';
import type { Secret } from '../../secret/secret.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import type { LoginEvidence } from './login-evidence.ts';

/** A login in a Secret, before it is tried. */
export interface SecretLoginSource
  extends Pick<
    LoginEvidence,
    'key' | 'hostKey' | 'role' | 'password' | 'target' | 'isHashShaped' | 'isNormalisable' | 'isSpecified'
  > {
  /** The passwords that versions of the Secret held for this role, the newest first. */
  readonly versions: readonly { readonly number: number; readonly password: Sensitive }[];
  /** The passwords for this role in URLs, now and in versions, the newest first. */
  readonly urls: readonly UrlPassword[];
  /** Logins of other roles that the record knows for this server. */
  readonly others: readonly Credential[];
}

export interface UrlPassword {
  readonly key: string;
  /** Undefined if the Secret holds it now. */
  readonly number: number | undefined;
  readonly password: Sensitive;
}

export interface SecretLogins {
  readonly logins: readonly SecretLoginSource[];
  /** The reason why the login of the spec can't be found: a sentence. */
  readonly fault: string | undefined;
}

interface LoginSearch {
  readonly secret: Secret;
  readonly spec: Pick<CredentialSpec, 'keys' | 'server' | 'strategy'>;
  readonly policies: readonly Policy[];
  readonly record: SecretRecord | undefined;
  /** Keys that a policy's own normalising would change. */
  readonly correctedKeys: readonly string[];
  readonly ca: string | undefined;
}

/** More than a Secret of a team has. Each login takes time. */
const MAX_LOGINS = 8;

/**
 * The logins of one system in a Secret as its users have them, each once. The login of the spec comes first, on the
 * server of the spec. Then follow those of keys and URLs. Invalid passwords are included, because the server may have
 * been given one.
 */
export function secretLogins(search: LoginSearch): SecretLogins {
  const { secret, spec, policies, ca } = search;
  const password = secret.data.get(spec.keys.password);
  const specified = serverKindOf(spec.keys).loginIn(
    withFirstLine(secret, spec.keys.password),
    spec,
    policies,
  );
  const fault = 'fault' in specified ? specified.fault : undefined;
  const all: SecretLoginSource[] = [];
  const add = (
    key: string,
    role: string,
    value: Sensitive,
    target: ServerTarget,
    isSpecified = false,
  ): void => {
    const isKnown = all.some(
      (one) => one.role === role && one.password.equals(value) && isSameServer(one.target, target),
    );
    if (!isKnown && all.length < MAX_LOGINS)
      all.push(sourceOf(search, key, { role, password: value }, withCa(target, ca), isSpecified));
  };
  if ('target' in specified && password !== undefined) {
    const auth = authRule(spec.server.auth, search.record?.login);
    add(spec.keys.password, specified.credential.role, password, { ...specified.target, auth }, true);
  }
  const addLogin = (login: Login): void => {
    const [target] = targetsOf(login);
    if (target === undefined || login.system !== spec.keys.system) return;
    const host = hostFromNamespace(secret.namespace, target.host);
    add(login.source, login.user, login.password, { ...target, host });
  };
  for (const login of loginsOf(secret, policies)) addLogin(login);
  if (all.length === 0)
    for (const login of [...secret.data.keys()].flatMap((key) => openLoginIn(secret, key) ?? []))
      addLogin(login);
  return { logins: all, fault };
}

/**
 * The Secret with a password that has no line break. The doctor explains a line break itself, so it must not hide the
 * server.
 */
function withFirstLine(secret: Secret, key: string): Secret {
  const first = secret.data.get(key)?.map((text) => text.split(/[\r\n]/)[0]);
  return first === undefined ? secret : { ...secret, data: new Map(secret.data).set(key, first) };
}

const isSameServer = (a: ServerTarget, b: ServerTarget): boolean =>
  a.host === b.host && a.port === b.port && (a.system === 'redis' || a.database === b.database);

const withCa = (target: ServerTarget, ca: string | undefined): ServerTarget =>
  ca === undefined ? target : { ...target, tls: { ...target.tls, ca } };

function sourceOf(
  search: LoginSearch,
  key: string,
  { role, password }: Credential,
  target: ServerTarget,
  isSpecified: boolean,
): SecretLoginSource {
  const { secret, policies, record, correctedKeys } = search;
  const system = systemOf(search.spec.keys);
  return {
    key,
    role,
    password,
    target,
    isSpecified,
    others: isSpecified ? otherRoles(search, { role, password }, target) : [],
    hostKey: hostKeyOf(secret, policies, target),
    isHashShaped:
      system === 'postgres' &&
      password.withPlaintext(({ text }) => text !== undefined && STORED_AS_HASH.test(text)),
    isNormalisable: correctedKeys.includes(key) && inputArtifactOf(password, false) !== undefined,
    versions: (record?.versions ?? []).toReversed().flatMap(({ number, data }) => {
      const earlierPassword = data && passwordUnder(search, data, key, role);
      return earlierPassword === undefined ? [] : [{ number, password: earlierPassword }];
    }),
    urls: [
      ...urlPasswords(secret.data, role, system).map((url) => ({ ...url, number: undefined })),
      ...(record?.versions ?? [])
        .toReversed()
        .flatMap(({ number, data }) =>
          data === undefined ? [] : urlPasswords(data, role, system).map((url) => ({ ...url, number })),
        ),
    ],
  };
}

/** The record's passwords go only to the server that it names. */
function otherRoles({ record, spec }: LoginSearch, written: Credential, target: ServerTarget) {
  if (record === undefined || !isProvenServer(target, record.login?.at)) return [];
  return knownCredentials(record, spec, written).filter(({ role }) => role !== written.role);
}

function hostKeyOf(
  secret: Secret,
  policies: readonly Policy[],
  { host, system }: ServerTarget,
): string | undefined {
  const request = { operation: 'CREATE', secret, old: undefined, username: undefined } as const;
  const name = system === 'redis' ? 'REDIS_HOST' : 'POSTGRES_HOST';
  const key = keyByName(evaluationOf(request, matchingPolicies(request, policies)), name);
  const written = secret.data.get(key)?.withPlaintext(({ text }) => text?.trim());
  return written !== undefined && hostFromNamespace(secret.namespace, written) === host ? key : undefined;
}

/** The password that the key held for the role, as its value or in its URL. */
function passwordUnder(
  { secret, spec: { keys }, policies }: LoginSearch,
  data: SecretData,
  key: string,
  role: string,
): Sensitive | undefined {
  const user = data.get(keys.user)?.withPlaintext(({ text }) => text) ?? defaultAccountOf(keys);
  if (key === keys.password && user === role) return data.get(key);
  return loginsOf({ ...secret, data }, policies).find((one) => one.source === key && one.user === role)
    ?.password;
}
