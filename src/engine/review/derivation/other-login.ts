import type { Derivation } from '../../policy/policy.ts';
import { referencesOf, type UrlTemplate } from '../../policy/template/template.ts';
import { passwordFamily, userFamily } from '../../secret/key-names/login-key-family.ts';
import type { Secret } from '../../secret/secret.ts';
import type { ConnectionString } from '../../value/uri/connection.ts';
import { withoutBrackets } from '../../value/uri/encode.ts';
import type { Evaluation } from '../evaluation/evaluation.ts';
import { MAX_TEXT_BYTES } from '../evaluation/input-artifact.ts';
import { factByPlan } from '../evaluation/key-plan.ts';
import { parsedConnection } from '../evaluation/parsed-connection.ts';
import { textsBefore } from './account.ts';
import { isSameHost } from './kept-parts.ts';
import type { Difference } from './plan.ts';
import { basesOf, expectedPart, isBound } from './render.ts';
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
  if (bind !== 'Password' || password === '' || !isFilled(password)) return undefined;
  const expression = url.parts.get('password') ?? [];
  const known = [expectedPart(evaluation, expression) ?? '', ...textsBefore(evaluation, expression)];
  if (known.includes(password)) return undefined;
  if (hasPasswordOfOtherKey(evaluation, url, password)) return [];
  // An earlier manifest is applied again: the stored URL follows the base keys.
  const stored = evaluation.request.old && connectionIn(evaluation.request.old, key)?.password?.value;
  if (stored !== undefined && stored !== '' && known.includes(stored)) return undefined;
  const own = passwordKeyOfUser(evaluation, url, connection);
  if (own !== undefined) return [{ part: 'password', bases: [own] }];
  if (!goesToOtherServer(evaluation, key, url, connection, known)) return undefined;
  return (['host', 'password'] as const).flatMap((part) => {
    const expression = url.parts.get(part) ?? [];
    return isBound(evaluation, expression) ? [{ part, bases: basesOf(evaluation, expression) }] : [];
  });
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

/**
 * The same example, with a URL of the user that stands in `username`: `password` next to it is its password. A longer
 * name, such as `SMTP_USER`, can belong to another server.
 */
function passwordKeyOfUser(
  evaluation: Evaluation,
  url: UrlTemplate,
  { user }: ConnectionString,
): string | undefined {
  if (user === undefined || user.value === '' || namesUser(evaluation, url)) return undefined;
  const { users, passwords } = bareKeys(evaluation.plan);
  if (!users.some((key) => textOf(evaluation.data, key) === user.value)) return undefined;
  const spellings = passwordSpellings(evaluation, url);
  return passwords.find((key) => !spellings.has(key) && evaluation.data.get(key)?.isEmpty === false);
}

/** `username` and `password`, in the order of the alphabet: a Secret has none. */
const bareKeys = factByPlan(({ keysOfSecret }) => {
  const keys = keysOfSecret.toSorted();
  return {
    users: keys.filter((key) => userFamily(key) === ''),
    passwords: keys.filter((key) => passwordFamily(key) === ''),
  };
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
  // As the request has them: lockstep may have corrected one of them already.
  const { secret } = evaluation.request;
  const ofBaseKeys = derivedUrls(evaluation.plan)
    .filter((other) => other.key !== key && other.system === url.system)
    .flatMap((other) => connectionIn(secret, other.key) ?? [])
    .filter((other) => isBaseHost(other.host?.value ?? '') || known.includes(other.password?.value ?? ''));
  if (ofBaseKeys.some((other) => other.password?.value === password?.value)) return false;
  return ofBaseKeys.some(
    (other) => other.host !== undefined && !isSameHost(evaluation, other.host.value, host.value),
  );
}

const derivedUrls = factByPlan(({ managedKeys }) =>
  [...managedKeys.values()].flatMap(({ key, entry }) => {
    const url = entry.derive?.template.url;
    return url === undefined ? [] : [{ key, system: url.system }];
  }),
);

function connectionIn({ data }: Secret, key: string): ConnectionString | undefined {
  const value = data.get(key);
  if (value === undefined || value.isEmpty || value.size > MAX_TEXT_BYTES) return undefined;
  return value.withPlaintext(parsedConnection);
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
