import type { Evaluation } from '../evaluation/evaluation.ts';
import { MAX_TEXT_BYTES } from '../evaluation/input-artifact.ts';
import { factByPlan } from '../evaluation/key-plan.ts';
import { parsedConnection } from '../evaluation/parsed-connection.ts';
import type { Derivation } from '../policy/policy.ts';
import { referencesOf, type UrlTemplate } from '../policy/template.ts';
import { passwordFamily, userFamily } from '../secret/login-key-family.ts';
import type { Secret } from '../secret/secret.ts';
import type { ConnectionString } from '../uri/connection.ts';
import { withoutBrackets } from '../uri/encode.ts';
import { basesOf, type Difference } from './corrections.ts';
import { expectedPart, isBound } from './render.ts';
import { isSameHost } from './server-parts.ts';
import { isFilled } from './url-form.ts';

/**
 * With `bind: Password`, a URL can hold another login than the base keys, although its user is none that they exclude.
 * Undefined means that it is their login. Otherwise, the differences to name: none if the login is in order.
 */
export function otherLogin(
  evaluation: Evaluation,
  { bind }: Derivation,
  key: string,
  url: UrlTemplate,
  connection: ConnectionString,
): readonly Difference[] | undefined {
  const password = connection.password?.value ?? '';
  const known = basePasswords(evaluation, url);
  if (bind !== 'Password' || password === '' || !isFilled(password) || known.includes(password))
    return undefined;
  if (hasPasswordOfOtherKey(evaluation, url, password)) return [];
  const own = passwordKeyOfUser(evaluation, url, connection);
  if (own !== undefined) return [{ part: 'password', bases: [own] }];
  if (!goesToOtherServer(evaluation, key, url, connection, known)) return undefined;
  return (['host', 'password'] as const).flatMap((part) => {
    const expression = url.parts.get(part) ?? [];
    return isBound(evaluation, expression) ? [{ part, bases: basesOf(evaluation, expression) }] : [];
  });
}

/** The passwords that the base key has and had. */
function basePasswords(evaluation: Evaluation, { parts }: UrlTemplate): readonly string[] {
  const expression = parts.get('password') ?? [];
  const { old, earlierData = [] } = evaluation.request;
  const states = [evaluation.data, ...(old === undefined ? [] : [old.data]), ...earlierData];
  return states.flatMap((data) => expectedPart(evaluation, expression, data) ?? []);
}

/**
 * No base key names the user, and another key holds the password. Example: `password` of the application next to
 * `postgres-password` of the superuser. A second spelling of the base key is no other key.
 */
function hasPasswordOfOtherKey(evaluation: Evaluation, url: UrlTemplate, password: string): boolean {
  if (namesUser(evaluation, url)) return false;
  const spellings = passwordSpellings(evaluation, url);
  const { old } = evaluation.request;
  const states = old === undefined ? [evaluation.data] : [evaluation.data, old.data];
  return states.some((data) =>
    [...data].some(
      ([key, value]) =>
        !spellings.has(key) &&
        // At most three bytes for each character, so few values are decoded.
        value.size >= password.length &&
        value.size <= 3 * password.length &&
        value.withPlaintext(({ text }) => text === password),
    ),
  );
}

/** The same example, with a URL of the user that stands in `username`: `password` next to it is its password. */
function passwordKeyOfUser(
  evaluation: Evaluation,
  url: UrlTemplate,
  { user }: ConnectionString,
): string | undefined {
  if (user === undefined || user.value === '' || namesUser(evaluation, url)) return undefined;
  const spellings = passwordSpellings(evaluation, url);
  return loginPairs(evaluation.plan).find(
    ([userKey, passwordKey]) =>
      !spellings.has(passwordKey) &&
      evaluation.data.get(passwordKey)?.isEmpty === false &&
      textOf(evaluation.data, userKey) === user.value,
  )?.[1];
}

/** The keys of users, each with the key of its password: `DB_USER` and `DB_PASSWORD`. */
const loginPairs = factByPlan(({ keysOfSecret }) => {
  const passwords = new Map(keysOfSecret.map((key) => [passwordFamily(key), key]));
  return keysOfSecret.flatMap((key): (readonly [string, string])[] => {
    const family = userFamily(key);
    const password = family === undefined ? undefined : passwords.get(family);
    return password === undefined ? [] : [[key, password]];
  });
});

/**
 * Another URL of this Secret holds the login of the base keys, and goes to another host. Example: `REDIS_URL` next to
 * `CACHE_URL`, which is another Redis server with another password.
 */
function goesToOtherServer(
  evaluation: Evaluation,
  key: string,
  url: UrlTemplate,
  { host, password }: ConnectionString,
  known: readonly string[],
): boolean {
  if (host === undefined) return false;
  const expression = url.parts.get('host') ?? [];
  const baseHost = isBound(evaluation, expression)
    ? withoutBrackets(expectedPart(evaluation, expression) ?? '')
    : undefined;
  const isBaseHost = (other: string): boolean =>
    baseHost !== undefined && isSameHost(evaluation, other, baseHost);
  if (isBaseHost(host.value)) return false;
  const others = derivedUrls(evaluation.plan).flatMap((other) =>
    other.key === key || other.system !== url.system ? [] : connectionOf(evaluation, other.key),
  );
  if (others.some((other) => other.password?.value === password?.value)) return false;
  return others.some(
    (other) =>
      other.host !== undefined &&
      !isSameHost(evaluation, other.host.value, host.value) &&
      (isBaseHost(other.host.value) || known.includes(other.password?.value ?? '')),
  );
}

const derivedUrls = factByPlan(({ managedKeys }) =>
  [...managedKeys.values()].flatMap(({ key, entry }) => {
    const url = entry.derive?.template.url;
    return url === undefined ? [] : [{ key, system: url.system }];
  }),
);

/** As the request has it: lockstep may have corrected it already. */
function connectionOf({ request }: Evaluation, key: string): readonly ConnectionString[] {
  const value = request.secret.data.get(key);
  if (value === undefined || value.isEmpty || value.size > MAX_TEXT_BYTES) return [];
  const connection = value.withPlaintext(parsedConnection);
  return connection === undefined ? [] : [connection];
}

function namesUser(evaluation: Evaluation, { parts }: UrlTemplate): boolean {
  const user = parts.get('user');
  return user !== undefined && isBound(evaluation, user);
}

/** The names of the base key of the password. */
const passwordSpellings = (evaluation: Evaluation, { parts }: UrlTemplate): ReadonlySet<string> =>
  new Set(
    referencesOf(parts.get('password') ?? []).flatMap(({ name }) => {
      const entry = evaluation.byName.get(name)?.entry;
      return entry === undefined ? [name] : [entry.name, ...entry.aliases];
    }),
  );

const textOf = (data: Secret['data'], key: string): string | undefined =>
  data.get(key)?.withPlaintext(({ text }) => text?.trim());
