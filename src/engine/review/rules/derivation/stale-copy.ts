import type { Derivation } from '../../../policy/policy.ts';
import { referencesOf, type UrlTemplate } from '../../../policy/template/template.ts';
import { placeOfFix } from '../../../secret/owners.ts';
import type { Sensitive } from '../../../secret/sensitive.ts';
import type { ConnectionString } from '../../../value/uri/connection.ts';
import { templateForUser } from '../../derivation/account.ts';
import { expectedPart, isBound } from '../../derivation/render.ts';
import type { BudgetedContext } from '../../evaluation/budget.ts';
import { type Evaluation, keyByName, type ManagedKey } from '../../evaluation/evaluation.ts';
import { MAX_TEXT_BYTES } from '../../evaluation/input-artifact.ts';
import { factByPlan } from '../../evaluation/key-plan.ts';
import { parsedConnection } from '../../evaluation/parsed-connection.ts';
import type { SecretRule, Violation } from '../rule.ts';
import { otherSpellings } from './other-spelling.ts';
import { twoPasswords } from './two-passwords.ts';

export const staleCopy: SecretRule = {
  id: 'stale-copy',
  meaning:
    'Two keys hold two passwords of one login: a base key and a URL, two spellings of a key, or two URLs.',
  example: 'POSTGRES_PASSWORD was changed; DIRECT_URL or PGPASSWORD still has the old one',
  remediation: 'Change the password there too. Let a policy derive a URL, and remove a second spelling.',
  maxAction: 'Warn',
  check: staleCopies,
};

/** A derived URL whose password has a base key. */
interface DerivedUrl {
  readonly managedKey: ManagedKey;
  readonly derive: Derivation;
  readonly url: UrlTemplate;
}

function staleCopies(evaluation: Evaluation, { budget }: BudgetedContext): readonly Violation[] {
  const { data, managedKeys, plan } = evaluation;
  const violations: Violation[] = [];
  for (const key of plan.keysOfSecret) {
    const value = data.get(key);
    if (managedKeys.get(key)?.entry.derive !== undefined || value === undefined) continue;
    if (value.size > MAX_TEXT_BYTES) continue;
    budget.spend(value.size);
    violations.push(...staleCopyIn(evaluation, key, value));
  }
  const reported = new Set(violations.map(({ key }) => key));
  return [...violations, ...twoPasswords(evaluation, reported), ...otherSpellings(evaluation)];
}

function staleCopyIn(evaluation: Evaluation, key: string, value: Sensitive): readonly Violation[] {
  const base = value.withPlaintext((plain) => {
    const connection = isUrlLike(plain.text) ? parsedConnection(plain) : undefined;
    return connection && staleBase(evaluation, derivedUrlsOf(evaluation.plan), connection);
  });
  if (base === undefined) return [];
  const place = placeOfFix(evaluation.request.secret) || ', or let a policy derive it';
  return [
    {
      key,
      other: base,
      message: `holds a URL with another password than ${base}`,
      fix: `put the password of ${base} into it${place}`,
    },
  ];
}

const isUrlLike = (text: string | undefined): boolean =>
  text !== undefined && (text.includes('://') || /(?:password|pwd) *=/i.test(text));

const derivedUrlsOf = factByPlan<readonly DerivedUrl[]>(({ managedKeys }) =>
  [...managedKeys.values()].flatMap((managedKey) => {
    const { derive } = managedKey.entry;
    const url = derive?.template.url;
    return derive === undefined || url?.parts.has('password') !== true ? [] : [{ managedKey, derive, url }];
  }),
);

/** The base key whose password the URL must have and has not. */
function staleBase(
  evaluation: Evaluation,
  derivedUrls: readonly DerivedUrl[],
  connection: ConnectionString,
): string | undefined {
  const present = connection.password?.value ?? '';
  if (present === '') return undefined;
  for (const derived of derivedUrls) {
    if (derived.url.system !== connection.system) continue;
    const url = templateForUser(evaluation, derived.derive, derived.url, connection.user?.value);
    const expression = url?.parts.get('password');
    if (url === undefined || expression === undefined || !isBound(evaluation, expression)) continue;
    const wanted = expectedPart(evaluation, expression);
    if (wanted === undefined || wanted === present) continue;
    const { old } = evaluation.request;
    const previous = old && expectedPart({ ...evaluation, data: old.data }, expression);
    if (previous === present || isSameLogin(evaluation, { ...derived, url }, connection))
      return referencesOf(expression).map(({ name }) => keyByName(evaluation, name))[0];
  }
  return undefined;
}

/**
 * The user identifies the login, together with the database or the server. A role of PostgreSQL has one password for
 * all databases of a server.
 */
function isSameLogin(
  evaluation: Evaluation,
  { managedKey, url }: DerivedUrl,
  { user, database, host }: ConnectionString,
): boolean {
  const wanted = (part: 'user' | 'database' | 'host'): string | undefined => {
    const expression = url.parts.get(part);
    return expression !== undefined && isBound(evaluation, expression)
      ? expectedPart(evaluation, expression)
      : undefined;
  };
  const derived = evaluation.data.get(managedKey.key)?.withPlaintext(parsedConnection);
  const isSameUser = user?.value === (wanted('user') ?? derived?.user?.value);
  const isSameServer = host !== undefined && [wanted('host'), derived?.host?.value].includes(host.value);
  return isSameUser && (isSameServer || (database !== undefined && database.value === wanted('database')));
}
