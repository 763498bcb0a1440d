import { isBoundTo, MAX_TEXT_BYTES } from '../../evaluation/base-key-check.ts';
import type { BudgetedContext } from '../../evaluation/budget.ts';
import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import { connectionPassword, parsedConnection } from '../../evaluation/parsed-connection.ts';
import { placeOfFix } from '../../secret/owners.ts';
import type { SecretRule, Violation } from '../rule.ts';
import { otherSpellings } from './other-spelling.ts';

export const staleCopy: SecretRule = {
  id: 'stale-copy',
  meaning:
    'Another key holds a password that its base key no longer has: a URL, or a second spelling of the key.',
  example: 'POSTGRES_PASSWORD was changed; DIRECT_URL or PGPASSWORD still has the old one',
  remediation: 'Change the password there too. Let a policy derive a URL, and remove a second spelling.',
  maxAction: 'Warn',
  check: staleCopies,
};

function staleCopies(evaluation: Evaluation, { budget }: BudgetedContext): readonly Violation[] {
  const passwords = [...evaluation.managedKeys.values()].filter(({ key }) =>
    isBoundTo(evaluation, key, 'password'),
  );
  if (passwords.length === 0) return [];
  const { secret } = evaluation.request;
  const inUrls = [...evaluation.data.keys()].flatMap((key) => {
    if (evaluation.managedKeys.get(key)?.entry.derive !== undefined) return [];
    const base = passwords.find((password) => {
      budget.spend(evaluation.data.get(key)?.size);
      return (
        holdsPreviousPassword(evaluation, key, password) || holdsOtherPassword(evaluation, key, password)
      );
    });
    if (base === undefined) return [];
    return [
      {
        key,
        other: base.key,
        message: `holds a URL with another password than ${base.key}`,
        fix: `put the password of ${base.key} into it${placeOfFix(secret) || ', or let a policy derive it'}`,
      },
    ];
  });
  return [...inUrls, ...otherSpellings(evaluation)];
}

/** The URL holds the password that the base key had until this request. */
function holdsPreviousPassword(evaluation: Evaluation, key: string, base: ManagedKey): boolean {
  const previous = evaluation.request.old?.data.get(base.key);
  const value = evaluation.data.get(key);
  if (previous === undefined || previous.isEmpty || previous.equals(evaluation.data.get(base.key)))
    return false;
  if (value === undefined || value.size > MAX_TEXT_BYTES) return false;
  return value.withPlaintext((plain) => {
    const password = connectionPassword(plain)?.value;
    return password !== undefined && previous.withPlaintext(({ text }) => text === password);
  });
}

/**
 * The URL has the same login with another password. Its user identifies the login, together with the database or the
 * server. A role of PostgreSQL has one password for all databases of a server.
 */
function holdsOtherPassword(evaluation: Evaluation, key: string, base: ManagedKey): boolean {
  const value = evaluation.data.get(key);
  const password = evaluation.data.get(base.key);
  if (value === undefined || value.size > MAX_TEXT_BYTES || password === undefined || password.isEmpty)
    return false;
  return value.withPlaintext((plain) => {
    const connection = plain.text?.includes('://') ? parsedConnection(plain) : undefined;
    if (connection?.system !== 'postgres' || connection.password === undefined) return false;
    const { user, database, host } = connection;
    const isSameLogin =
      isBoundValue(evaluation, 'user', user?.value) &&
      (isBoundValue(evaluation, 'database', database?.value) || isDerivedHost(evaluation, host?.value));
    return isSameLogin && password.withPlaintext(({ text }) => text !== connection.password?.value);
  });
}

function isBoundValue(evaluation: Evaluation, part: string, text: string | undefined): boolean {
  if (text === undefined) return false;
  return [...evaluation.bindings.keys()].some(
    (key) =>
      isBoundTo(evaluation, key, part) &&
      evaluation.data.get(key)?.withPlaintext((plain) => plain.text === text) === true,
  );
}

/** A derived URL goes to this host too. */
function isDerivedHost(evaluation: Evaluation, host: string | undefined): boolean {
  if (host === undefined) return false;
  return [...evaluation.managedKeys.values()].some(
    ({ key, entry }) =>
      entry.derive !== undefined &&
      evaluation.data
        .get(key)
        ?.withPlaintext(
          (plain) => plain.text !== undefined && parsedConnection(plain)?.host?.value === host,
        ) === true,
  );
}
