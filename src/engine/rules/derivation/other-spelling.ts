import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import { placeOfFix } from '../../secret/owners.ts';
import type { PartName } from '../../uri/connection.ts';
import type { Violation } from '../rule.ts';

/**
 * The password of one user under two spellings of its key, with two values. URLs follow one of them. Programs that read
 * the other key fail to log in.
 */
export function otherSpellings(evaluation: Evaluation): readonly Violation[] {
  const { data, byName } = evaluation;
  const violations: Violation[] = [];
  for (const [name, managed] of byName) {
    if (name !== managed.entry.name || !isPartOfUrl(evaluation, managed.key, 'password')) continue;
    const counted = data.get(managed.key);
    if (counted === undefined || counted.isEmpty) continue;
    for (const spelling of spellingsOf(managed)) {
      const value = data.get(spelling);
      if (spelling === managed.key || value === undefined || value.isEmpty || value.equals(counted)) continue;
      if (isSameUser(evaluation, managed.key, spelling))
        violations.push(violationOf(evaluation, spelling, managed.key));
    }
  }
  return violations;
}

const isPartOfUrl = ({ bindings }: Evaluation, key: string, part: PartName): boolean =>
  bindings.get(key)?.some((binding) => binding.part === part) === true;

const spellingsOf = ({ entry }: ManagedKey): readonly string[] => [entry.name, ...entry.aliases];

const violationOf = ({ request }: Evaluation, key: string, counted: string): Violation => ({
  key,
  other: counted,
  message: `holds another password than ${counted} for the same user, and URLs follow ${counted}`,
  fix: `put the same password into both, or remove ${key}${placeOfFix(request.secret)}`,
});

/** A Secret can hold the superuser's login next to the application's. The user keys tell them apart. */
function isSameUser(evaluation: Evaluation, one: string, other: string): boolean {
  const [first, second] = [userNextTo(evaluation, one), userNextTo(evaluation, other)];
  if (first !== undefined && second !== undefined) return first === second;
  return familyOf(one) === familyOf(other);
}

/** The user of a login with keys of one family: `DB_USER` for `DB_PASSWORD`. */
function userNextTo(evaluation: Evaluation, password: string): string | undefined {
  const family = prefixOf(password);
  for (const managed of evaluation.byName.values()) {
    if (!isPartOfUrl(evaluation, managed.key, 'user')) continue;
    for (const spelling of spellingsOf(managed)) {
      const value = evaluation.data.get(spelling);
      if (value === undefined || value.isEmpty || prefixOf(spelling) !== family) continue;
      return value.withPlaintext(({ text }) => text);
    }
  }
  return undefined;
}

const familyOf = (key: string): string => {
  const prefix = prefixOf(key);
  return OTHER_NAMES.get(prefix) ?? prefix;
};

/** One server under two names. */
const OTHER_NAMES = new Map([
  ['pg', 'postgres'],
  ['postgresql', 'postgres'],
  ['mariadb', 'mysql'],
  ['valkey', 'redis'],
  ['mongodb', 'mongo'],
  ['amqp', 'rabbitmq'],
  ['sqlserver', 'mssql'],
]);

/** `db-password` and `DB_PASS` begin with `db`. */
const prefixOf = (key: string): string =>
  key
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/(?:password|pass|username|user)$/, '');
