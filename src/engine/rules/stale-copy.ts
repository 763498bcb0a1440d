import { isBoundTo, LONGEST_TEXT } from '../evaluation/base-key-check.ts';
import type { Budget } from '../evaluation/budget.ts';
import type { Case, Governed } from '../evaluation/evaluation.ts';
import { connectionIn, passwordIn } from '../evaluation/parsed-connection.ts';
import type { Complaint, SecretRule } from './rule.ts';

export const staleCopy: SecretRule = {
  id: 'stale-copy',
  meaning: 'Another key holds a URL with a password that its base key has left.',
  example: 'POSTGRES_PASSWORD was changed; DIRECT_URL still has the old one',
  mend: 'Change the password in that URL too, or let a policy derive the key.',
  atMost: 'Warn',
  check: copiesLeftBehind,
};

function copiesLeftBehind(aCase: Case, budget: Budget): readonly Complaint[] {
  const passwords = [...aCase.governed.values()].filter(({ key }) => isBoundTo(aCase, key, 'password'));
  if (passwords.length === 0) return [];
  return [...aCase.data.keys()].flatMap((key) => {
    if (aCase.governed.get(key)?.entry.derive !== undefined) return [];
    const base = passwords.find((password) => {
      budget.spend(aCase.data.get(key)?.size);
      return holdsFormer(aCase, key, password) || holdsAnother(aCase, key, password);
    });
    if (base === undefined) return [];
    return [
      {
        key,
        other: base.key,
        message: `holds a URL with another password than ${base.key}`,
        fix: `put the password of ${base.key} into it, or let a policy derive it`,
      },
    ];
  });
}

/** The password that the base key had until this request. */
function holdsFormer(aCase: Case, key: string, base: Governed): boolean {
  const former = aCase.request.old?.data.get(base.key);
  const value = aCase.data.get(key);
  if (former === undefined || former.isEmpty || former.equals(aCase.data.get(base.key))) return false;
  if (value === undefined || value.size > LONGEST_TEXT) return false;
  return value.look((plain) => {
    const held = passwordIn(plain)?.value;
    return held !== undefined && former.look(({ text }) => text === held);
  });
}

/** The same login of the same database, with another password. */
function holdsAnother(aCase: Case, key: string, base: Governed): boolean {
  const value = aCase.data.get(key);
  const password = aCase.data.get(base.key);
  if (value === undefined || value.size > LONGEST_TEXT || password === undefined || password.isEmpty)
    return false;
  return value.look((plain) => {
    const connection = plain.text?.includes('://') ? connectionIn(plain) : undefined;
    if (connection?.system !== 'postgres' || connection.password === undefined) return false;
    const { user, database } = connection;
    const isSameLogin = isHeldBy(aCase, 'user', user?.value) && isHeldBy(aCase, 'database', database?.value);
    return isSameLogin && password.look(({ text }) => text !== connection.password?.value);
  });
}

function isHeldBy(aCase: Case, part: string, text: string | undefined): boolean {
  if (text === undefined) return false;
  return [...aCase.bindings.keys()].some(
    (key) =>
      isBoundTo(aCase, key, part) && aCase.data.get(key)?.look((plain) => plain.text === text) === true,
  );
}
