import { ownWordsIn } from '../placeholder/own-words.ts';
import type { Request } from '../secret/secret.ts';

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

/** The words of the names around a value: of the Secret, its namespace and its application. */
function surroundingWords(request: Request): readonly string[] {
  const cached = cache.get(request);
  if (cached !== undefined) return cached;
  const { name, generateName, namespace, labels } = request.secret;
  const words = ownWordsIn([
    name,
    generateName,
    namespace,
    ...APP_LABELS.map((label) => labels.get(label) ?? ''),
  ]);
  cache.set(request, words);
  return words;
}

/** The words of the key, and of the names around it. */
export const ownWordsOf = (request: Request, key: string): readonly string[] => [
  ...ownWordsIn([key]),
  ...surroundingWords(request),
];
