import type { KeyEntry } from '../../policy/policy.ts';
import { referencesOf } from '../../policy/template/template.ts';
import { isUserOfPassword } from '../../secret/key-names/password-lists.ts';
import { isSensitiveKey } from '../../secret/key-names/sensitive-keys.ts';
import { Sensitive } from '../../secret/sensitive.ts';
import { classifyPlaceholder } from '../../value/placeholder/classify.ts';
import { keyName } from '../../value/placeholder/key-name.ts';
import type { PlaceholderMatch, PlaceholderVerdict, ValueRole } from '../../value/placeholder/verdict.ts';
import type { ConnectionString } from '../../value/uri/connection.ts';
import { contextWordsOf, contextWordsOfUrl } from '../evaluation/context-words.ts';
import { type Evaluation, keyByName, valueByName } from '../evaluation/evaluation.ts';
import { factOnce, factsByKey } from '../evaluation/facts-by-key.ts';
import { inputArtifactOf, MAX_TEXT_BYTES } from '../evaluation/input-artifact.ts';
import { factByPlan } from '../evaluation/key-plan.ts';
import { keysOfLogins, loginNames, MAX_LOGIN_LENGTH } from '../evaluation/login-key-names.ts';
import { connectionPassword, parsedConnection } from '../evaluation/parsed-connection.ts';
import { templateToFollow } from './account.ts';
import { otherLogin } from './other-login.ts';

/**
 * A sensitive key must hold a secret. For any other named key only a value that asks to be replaced is a placeholder.
 * For a URL with a password only the password counts, whatever its key.
 */
export function placeholderMatchOf(evaluation: Evaluation, key: string): PlaceholderMatch | undefined {
  const own = ownMatchOf(evaluation, key);
  if (own !== undefined) return own;
  const twin = refusedTwins(evaluation).get(key);
  return twin === undefined ? undefined : { ...twin, inUrl: false };
}

function ownMatchOf(evaluation: Evaluation, key: string): PlaceholderMatch | undefined {
  const isDerived = entryFor(evaluation, key)?.derive !== undefined;
  const match = isDerived ? matchOfDerived : matchOfOther;
  return match(evaluation, key, () => classifyValue(evaluation, key));
}

/** The keys whose value is refused under another key that is read as a secret too, and the reason. */
const refusedTwins = factOnce<Evaluation, ReadonlyMap<string, PlaceholderVerdict>>((evaluation) => {
  const secrets = [...evaluation.data].filter(
    ([key, value]) => !value.isEmpty && isReadAsSecret(evaluation, key),
  );
  const twins = new Map<string, PlaceholderVerdict>();
  for (const keys of Sensitive.sameValues(secrets)) {
    const refused = keys.find((key) => ownMatchOf(evaluation, key)?.inUrl === false);
    if (refused === undefined) continue;
    const { rule, message, ...rest } = ownMatchOf(evaluation, refused)!;
    for (const key of keys)
      twins.set(key, { rule, message: `has the value of ${refused}, which ${message}`, ...rest });
  }
  return twins;
});

/** The name of the key, or its policy, says that its value must be a secret. */
export function isReadAsSecret(evaluation: Evaluation, key: string): boolean {
  const entry = entryFor(evaluation, key);
  const value = evaluation.data.get(key);
  if (entry === undefined || entry.derive !== undefined || value === undefined || value.size > MAX_TEXT_BYTES)
    return false;
  return value.withPlaintext(
    ({ text }) => text !== undefined && roleOf(evaluation, key, entry, text) === 'secret',
  );
}

/** The verdict on a derived URL depends on its base keys too. */
const matchOfDerived = factsByKey<PlaceholderMatch | undefined>();
const matchOfOther = factsByKey<PlaceholderMatch | undefined>('lastingFacts');

function classifyValue(evaluation: Evaluation, key: string): PlaceholderMatch | undefined {
  const value = evaluation.data.get(key);
  const entry = entryFor(evaluation, key);
  if (value === undefined || value.isEmpty || entry === undefined || value.size > MAX_TEXT_BYTES)
    return undefined;
  const corrected = inputArtifactOf(value, false)?.corrected ?? value;
  return corrected.withPlaintext((plainValue) => {
    const { text } = plainValue;
    if (text === undefined) return undefined;
    const password = connectionPassword(plainValue);
    if (password !== undefined)
      return (
        classifyUrlPassword(evaluation, key, entry, parsedConnection(plainValue)) ??
        classifyRestOfUrl(text.slice(0, password.start) + text.slice(password.end), key)
      );
    const name = keyName(key);
    const match = classifyPlaceholder(text, {
      role: roleOf(evaluation, key, entry, text),
      key,
      name,
      known: knownNames(evaluation, key),
      contextWords: () => contextWordsOf(evaluation, name),
    });
    if (match === undefined) return undefined;
    return { ...(text === 'null' && isOfLaravel(evaluation) ? NULL_OF_LARAVEL : match), inUrl: false };
  });
}

/** `REDIS_PASSWORD: null` of its template: its configuration reads the word as an absent value. */
const NULL_OF_LARAVEL: PlaceholderVerdict = {
  rule: 'placeholder',
  message: 'is null, which Laravel reads as no value',
  maxAction: 'Warn',
  advice: 'leave it if the server asks for none, else set the real value',
};

const isOfLaravel = ({ data }: Evaluation): boolean =>
  data.get('APP_KEY')?.withPlaintext(({ text }) => text?.startsWith('base64:')) ?? false;

/** Only the default entry leaves it to the name of the key, and to the value, whether the value must be a secret. */
function roleOf(evaluation: Evaluation, key: string, entry: KeyEntry, text: string): ValueRole {
  const isUnnamed = entry === evaluation.defaultEntry?.entry;
  if (isUnnamed && (isToggle(text) || !isSecretKey(evaluation, key, text))) return 'configuration';
  return entry.sensitive === false ? 'name' : 'secret';
}

/** The keys of the Secret whose names ask for a secret. A large Secret has more names than `isSensitiveKey` keeps. */
export const sensitiveKeysOf = factByPlan<ReadonlySet<string>>(
  ({ keysOfSecret }) => new Set(keysOfSecret.filter(isSensitiveKey)),
);

const isSecretKey = (evaluation: Evaluation, key: string, text: string): boolean =>
  sensitiveKeysOf(evaluation.plan).has(key) || isUserOfPassword(evaluation.request.secret.name, key, text);

/** `CREDENTIALS: "true"`, `AUTH_JWT: off`: the value is a switch, whatever the name of the key says. */
const isToggle = (text: string): boolean => /^(?:true|false|yes|no|on|off)$/i.test(text.trim());

/** A valid base key replaces the password of a derived URL. Next to a refused one, the URL keeps its own. */
function classifyUrlPassword(
  evaluation: Evaluation,
  key: string,
  entry: KeyEntry,
  connection: ConnectionString | undefined,
): PlaceholderMatch | undefined {
  const bases = passwordBaseKeys(evaluation, key, entry, connection);
  const follows = bases.find((base) => placeholderMatchOf(evaluation, base) !== undefined);
  if (bases.length > 0 && follows === undefined) return undefined;
  const own = [connection?.user?.value ?? '', connection?.database?.value ?? ''].filter(
    ({ length }) => length <= MAX_LOGIN_LENGTH,
  );
  const known = [...own, ...knownNames(evaluation, key)];
  const match = classifyPlaceholder(connection?.password?.value ?? '', {
    role: 'secret',
    key: follows ?? key,
    name: keyName(follows ?? key),
    known,
    contextWords: () => contextWordsOfUrl(evaluation, keyName(key), connection!),
  });
  if (match === undefined) return undefined;
  return { ...match, inUrl: true, ...(follows === undefined ? {} : { follows }) };
}

/** The present base keys of the password in a derived URL. None if the URL is of another system or login. */
function passwordBaseKeys(
  evaluation: Evaluation,
  key: string,
  { derive }: KeyEntry,
  connection: ConnectionString | undefined,
): readonly string[] {
  const url = derive?.template.url;
  if (derive === undefined || url === undefined || connection?.system !== url.system) return [];
  const followed = templateToFollow(evaluation, derive, url, connection);
  if (followed === undefined || otherLogin(evaluation, derive, key, followed, connection) !== undefined)
    return [];
  return referencesOf(followed.parts.get('password') ?? [])
    .filter(({ name }) => valueByName(evaluation, name) !== undefined)
    .map(({ name }) => keyByName(evaluation, name));
}

/** User, host, path and query of a URL are no secrets, and one of them may ask to be replaced. */
function classifyRestOfUrl(url: string, key: string): PlaceholderMatch | undefined {
  const match = classifyPlaceholder(url, { role: 'configuration', key, name: keyName(key) });
  return match === undefined ? undefined : { ...match, inUrl: false };
}

/** The entry that decides about a key: the one that names it, or the default entry. */
const entryFor = (evaluation: Evaluation, key: string): KeyEntry | undefined =>
  evaluation.managedKeys.get(key)?.entry ?? evaluation.defaultEntry?.entry;

/** The names of user and database: they are no secret in a key next to them. */
function knownNames(evaluation: Evaluation, key: string): readonly string[] {
  const names = namesBeside(evaluation, key);
  if (!keysOfLogins(evaluation.plan).includes(key)) return names;
  // `rootUser` in a list of passwords: a key is not compared with its own value.
  const own = evaluation.data.get(key)?.withPlaintext(({ text }) => text?.trim());
  return names.filter((name) => name !== own);
}

function namesBeside(evaluation: Evaluation, key: string): readonly string[] {
  const logins = entryFor(evaluation, key)?.sensitive === false ? NO_NAMES : loginNames(evaluation);
  if (evaluation.plan.loginKeys.includes(key)) return [...logins, ...namesInUrls(evaluation, key)];
  return logins === NO_NAMES
    ? namesInAllUrls(evaluation, '', () => namesInUrls(evaluation))
    : allNames(evaluation, '', () => [...logins, ...namesInUrls(evaluation)]);
}

const NO_NAMES: readonly string[] = [];
/** The same for nearly all keys. */
const allNames = factsByKey<readonly string[]>();
const namesInAllUrls = factsByKey<readonly string[]>();

/** The names that the templates of URLs take from base keys. A key is not compared with its own value. */
function namesInUrls(evaluation: Evaluation, except?: string): readonly string[] {
  const names: string[] = [];
  for (const base of evaluation.plan.loginKeys) {
    if (base === except) continue;
    evaluation.data.get(base)?.withPlaintext(({ text }) => {
      if (text !== undefined && text.length <= 255) names.push(text.trim());
    });
  }
  return names;
}
