import { ownWordsIn } from '../placeholder/own/words-with-own.ts';
import type { Request } from '../secret/secret.ts';
import type { ConnectionString } from '../uri/connection.ts';
import { loginNames } from './login-key-names.ts';

/** Labels that name the application. */
const APP_LABELS = [
  'app',
  'k8s-app',
  'app.kubernetes.io/name',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/part-of',
  'app.kubernetes.io/component',
];

const cache = new WeakMap<Request, readonly string[]>();

/** The words of the names around a value: of the Secret, its namespace, application, users and databases. */
function surroundingWords(request: Request): readonly string[] {
  const cached = cache.get(request);
  if (cached !== undefined) return cached;
  const { name, generateName, namespace, labels } = request.secret;
  const words = ownWordsIn([
    name,
    generateName,
    namespace,
    ...APP_LABELS.map((label) => labels.get(label) ?? ''),
    ...loginNames(request),
  ]);
  cache.set(request, words);
  return words;
}

/** The words of the key, and of the names around it. */
export const ownWordsOf = (request: Request, key: string): readonly string[] => [
  ...ownWordsIn([key]),
  ...surroundingWords(request),
];

/** The same for the password of a URL, which has names of its own: `redis-master.shop.svc` is a host of `redis`. */
export const ownWordsOfUrl = (
  request: Request,
  key: string,
  { user, host, database }: ConnectionString,
): readonly string[] => [
  ...ownWordsOf(request, key),
  ...ownWordsIn([user, database, host].map((part) => part?.value.split('.', 1)[0]?.slice(0, MAX_NAME) ?? '')),
];
const MAX_NAME = 64;
