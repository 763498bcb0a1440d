import { factByName } from '../../secret/key-names/fact-by-name.ts';
import type { KeyName } from '../../value/placeholder/key-name.ts';
import { contextWordsIn, MAX_CONTEXT_WORDS } from '../../value/placeholder/words/words-of-names.ts';
import type { ConnectionString } from '../../value/uri/connection.ts';
import type { Evaluation } from './evaluation.ts';
import { factOnce } from './facts-by-key.ts';
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

const wordsOfName = factByName((name) => contextWordsIn([name]));

/** The words of the names around a value: of the Secret, its namespace, application, users and databases. */
const surroundingWords = factOnce<Evaluation, readonly string[]>((evaluation) => {
  const { name, generateName, namespace, labels } = evaluation.request.secret;
  const found = new Set<string>();
  const add = (words: readonly string[]): void => {
    for (const word of words) if (found.size < MAX_CONTEXT_WORDS) found.add(word);
  };
  add(wordsOfName(name));
  add(wordsOfName(generateName));
  add(wordsOfName(namespace));
  for (const label of APP_LABELS) add(wordsOfName(labels.get(label) ?? ''));
  // A login name is a value, so its words are not kept.
  add(contextWordsIn(loginNames(evaluation)));
  return [...found];
}, 'lastingFacts');

/** The words of the key, and of the names around it. */
export const contextWordsOf = (evaluation: Evaluation, key: KeyName): readonly string[] => [
  ...key.contextWords,
  ...surroundingWords(evaluation),
];

/** The same for the password of a URL, which has names of its own: `redis-master.shop.svc` is a host of `redis`. */
export const contextWordsOfUrl = (
  evaluation: Evaluation,
  key: KeyName,
  { user, host, database }: ConnectionString,
): readonly string[] => [
  ...contextWordsOf(evaluation, key),
  ...contextWordsIn(
    [user, database, host].map((part) => part?.value.split('.', 1)[0]?.slice(0, MAX_NAME) ?? ''),
  ),
];
const MAX_NAME = 64;
