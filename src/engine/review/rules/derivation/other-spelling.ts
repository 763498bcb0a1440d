import { spellingsOf } from '../../../policy/policy.ts';
import { placeOfFix } from '../../../secret/owners.ts';
import { systemOf } from '../../../value/systems/scheme.ts';
import type { PartName } from '../../../value/uri/connection.ts';
import type { Evaluation } from '../../evaluation/evaluation.ts';
import { factByPlan } from '../../evaluation/key-plan.ts';
import type { Violation } from '../rule.ts';

/**
 * The password of one user under two spellings of its key, with two values. URLs follow one of them. Programs that read
 * the other key fail to log in.
 */
export function otherSpellings(evaluation: Evaluation): readonly Violation[] {
  const violations: Violation[] = [];
  for (const { counted, spelling } of passwordSpellings(evaluation.plan)) {
    const [one, other] = [evaluation.data.get(counted), evaluation.data.get(spelling)];
    if (one === undefined || one.isEmpty || other === undefined || other.isEmpty || other.equals(one))
      continue;
    if (isSameUser(evaluation, counted, spelling))
      violations.push(violationOf(evaluation, spelling, counted));
  }
  return violations;
}

/** The key of a password in URLs, and another spelling of it that the Secret holds too. */
interface PasswordSpelling {
  readonly counted: string;
  readonly spelling: string;
}

const passwordSpellings = factByPlan<readonly PasswordSpelling[]>((plan) => {
  const present = new Set(plan.keysOfSecret);
  return [...plan.byName].flatMap(([name, managed]) => {
    const isPassword = plan.urlPositions.get(managed.key)?.some(({ part }) => part === 'password') === true;
    if (name !== managed.entry.name || !isPassword || !present.has(managed.key)) return [];
    return spellingsOf(managed.entry)
      .filter((spelling) => spelling !== managed.key && present.has(spelling))
      .map((spelling) => ({ counted: managed.key, spelling }));
  });
});

const isPartOfUrl = ({ bindings }: Evaluation, key: string, part: PartName): boolean =>
  bindings.isPart(key, part);

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
    for (const spelling of spellingsOf(managed.entry)) {
      const value = evaluation.data.get(spelling);
      if (value === undefined || value.isEmpty || prefixOf(spelling) !== family) continue;
      return value.withPlaintext(({ text }) => text);
    }
  }
  return undefined;
}

/** One server has several names: `PG_PASSWORD`, `POSTGRES_PASSWORD`. */
const familyOf = (key: string): string => systemOf(prefixOf(key));

/** `db-password` and `DB_PASS` begin with `db`. */
const prefixOf = (key: string): string =>
  key
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/(?:password|pass|username|user)$/, '');
