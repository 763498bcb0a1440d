import {
  hostFamily,
  normalisedKey,
  passwordFamily,
  userFamily,
} from '../../secret/key-names/login-key-family.ts';
import { Sensitive } from '../../secret/sensitive.ts';
import { systemOfKeyName } from '../../value/systems/systems.ts';
import { placeholderMatchOf, sensitiveKeysOf } from '../derivation/placeholder-match.ts';
import type { BudgetedContext } from '../evaluation/budget.ts';
import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import { factByPlan, type KeyPlan } from '../evaluation/key-plan.ts';
import { realValueFix } from './real-value.ts';
import type { SecretRule, Violation } from './rule.ts';

export const distinct: SecretRule = {
  id: 'distinct',
  meaning:
    'Two sensitive keys hold the same value. A leak of one is a leak of both, and neither can be rotated alone.',
  example: 'JWT_SECRET and JWT_REFRESH_SECRET are the same',
  remediation: 'Generate a value of its own for each key.',
  check: sharedValues,
};

function sharedValues(evaluation: Evaluation, { budget }: BudgetedContext): readonly Violation[] {
  const { data, managedKeys } = evaluation;
  const compared: [string, Sensitive][] = [];
  for (const key of comparedKeys(evaluation.plan)) {
    const value = data.get(key);
    if (value === undefined || value.isEmpty) continue;
    if (value.size >= MIN_UNNAMED_BYTES || managedKeys.has(key)) compared.push([key, value]);
  }
  const isPlaceholder = (key: string): boolean => placeholderMatchOf(evaluation, key) !== undefined;
  return Sensitive.sameValues(compared).flatMap(([first = '', ...others]) => {
    const isFirstPlaceholder = isPlaceholder(first);
    return others.flatMap((key, at) => {
      // The other rule reports both. A value that only one of the keys must not have is still shared.
      if (isFirstPlaceholder && isPlaceholder(key)) return [];
      for (const other of [first, ...others.slice(0, Math.min(at, MAX_OTHERS))]) {
        budget.spend();
        const violation = violationFor(evaluation, other, key);
        if (violation !== undefined) return [violation];
      }
      return [];
    });
  });
}

/** Names of one login, and spellings of a key. No Secret has more. */
const MAX_OTHERS = 8;

/** `NUM_TOKENS: 10`: shorter values of keys that no policy names are settings. */
const MIN_UNNAMED_BYTES = 8;

/**
 * The keys whose values must differ from each other. The later key of a pair is reported, with the action of its entry.
 * So keys that are only warned about come last, whatever their order in the Secret is.
 */
const comparedKeys = factByPlan<readonly string[]>((plan) => {
  const isWarned = (key: string): boolean => plan.managedKeys.get(key)?.entry.lenient ?? true;
  return plan.keysOfSecret
    .filter((key) => mustBeDistinct(plan, key))
    .sort((a, b) => Number(isWarned(a)) - Number(isWarned(b)));
});

function mustBeDistinct(plan: KeyPlan, key: string): boolean {
  const entry = plan.managedKeys.get(key)?.entry;
  if (entry === undefined) return plan.defaultEntry !== undefined && sensitiveKeysOf(plan).has(key);
  return (entry.sensitive === true && entry.derive === undefined) || entry.distinctFrom.length > 0;
}

function violationFor(evaluation: Evaluation, a: string, b: string): Violation | undefined {
  if (isSameKey(evaluation, a, b) || isSameLogin(evaluation, a, b) || isOneValueByName(a, b))
    return undefined;
  // The key that names the other is the one to change. If neither does, it is the later one.
  const [key, other] = namesOther(evaluation.managedKeys.get(a), evaluation.managedKeys.get(b))
    ? [a, b]
    : [b, a];
  const entry = evaluation.managedKeys.get(key)?.entry;
  const instruction = 'generate a value of its own';
  const fix = entry === undefined ? instruction : realValueFix(evaluation, { key, entry }, instruction);
  return { key, other, message: `has the same value as ${other}`, fix };
}

const namesOther = (one: ManagedKey | undefined, other: ManagedKey | undefined): boolean =>
  other !== undefined && (one?.entry.distinctFrom.includes(other.entry.name) ?? false);

/** Two aliases of one key may be equal. So may a key and its previous key. */
function isSameKey({ managedKeys }: Evaluation, a: string, b: string): boolean {
  const covers = (one: string, other: string): boolean => {
    const entry = managedKeys.get(one)?.entry;
    return (
      entry !== undefined &&
      (entry.rotate?.previousKey === other || entry.name === other || entry.aliases.includes(other))
    );
  };
  return covers(a, b) || covers(b, a);
}

/**
 * `AUTHENTIK_POSTGRESQL__PASSWORD` and `POSTGRES_PASSWORD`: an image and its database call one login by two names. The
 * same user stands next to both, and neither the names nor the hosts say that they are two servers.
 */
function isSameLogin({ plan, data }: Evaluation, a: string, b: string): boolean {
  const [one, other] = [databaseOf(a), databaseOf(b)];
  if (one === undefined || other === undefined) return false;
  if (one !== other && !(one === 'any' && SQL.has(other)) && !(other === 'any' && SQL.has(one))) return false;
  const valuesOf = (keys: KeysByFamily, key: string): readonly Sensitive[] => {
    const family = passwordFamily(key);
    const names = family === undefined ? undefined : keys.get(family);
    return names?.slice(0, MAX_OTHERS).flatMap((name) => data.get(name) ?? []) ?? [];
  };
  const isShared = (keys: KeysByFamily): boolean =>
    valuesOf(keys, a).some((value) => !value.isEmpty && valuesOf(keys, b).some((each) => each.equals(value)));
  const { users, hosts } = keysByFamily(plan);
  const areHostsKnown = [a, b].every((key) => valuesOf(hosts, key).length > 0);
  return isShared(users) && (!areHostsKnown || isShared(hosts));
}

/** The database system that the name of a key names, or `any`. */
const databaseOf = (key: string): string | undefined =>
  systemOfKeyName(key) ?? (DATABASE_KEY.test(normalisedKey(key)) ? 'any' : undefined);

const DATABASE_KEY = /(?:^|_)(?:db|database|datasource|flyway|liquibase|sql)/;
const SQL = new Set(['postgres', 'mysql', 'sqlserver']);

type KeysByFamily = ReadonlyMap<string | undefined, readonly string[]>;

/** The keys of users and of hosts, by the words before `USER` and `HOST`. */
const keysByFamily = factByPlan(({ keysOfSecret }): { users: KeysByFamily; hosts: KeysByFamily } => ({
  users: Map.groupBy(keysOfSecret, userFamily),
  hosts: Map.groupBy(keysOfSecret, hostFamily),
}));

/** The names that a product documents for one value. */
const NAMES_OF_ONE_VALUE: readonly ReadonlySet<string>[] = [
  // Supabase: the services read the secret of the gateway.
  new Set([
    'JWT_SECRET',
    'GOTRUE_JWT_SECRET',
    'PGRST_JWT_SECRET',
    'PGRST_APP_SETTINGS_JWT_SECRET',
    'AUTH_JWT_SECRET',
    'API_JWT_SECRET',
    'METRICS_JWT_SECRET',
  ]),
  // Auth.js reads the first name since version 5.
  new Set(['AUTH_SECRET', 'NEXTAUTH_SECRET']),
];

const isOneValueByName = (a: string, b: string): boolean =>
  NAMES_OF_ONE_VALUE.some((names) => names.has(a) && names.has(b));
