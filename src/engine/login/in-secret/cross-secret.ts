import type { Login } from './logins.ts';

export interface ComparedSecret {
  readonly ref: string;
  /** Only Secrets of one group are compared. A group is one namespace of one environment. */
  readonly group: string;
  readonly logins: readonly Login[];
}

/** A warning for the later of two Secrets. Its message names the earlier one. */
export interface CrossSecretViolation {
  /** The index of the later Secret, from 0. */
  readonly index: number;
  readonly key: string;
  readonly message: string;
  readonly fix: string;
}

/**
 * Finds the same login with two passwords. Two logins are the same if user, server and database agree as far as both
 * Secrets state them. Both must state the server or the database. If neither Secret states more than the user, that is
 * enough, unless the name is a common one.
 */
export function crossSecretViolations(secrets: readonly ComparedSecret[]): readonly CrossSecretViolation[] {
  const known = new Map<string, KnownLogin[]>();
  const violations: CrossSecretViolation[] = [];
  for (const [index, secret] of secrets.entries()) {
    const reportedKeys = new Set<string>();
    for (const login of secret.logins) {
      const other = lookupKeys(secret.group, login)
        .flatMap((lookupKey) => known.get(lookupKey) ?? [])
        .find((earlier) => earlier.ref !== secret.ref && contradicts(earlier.login, login));
      if (other === undefined || reportedKeys.has(login.key)) continue;
      reportedKeys.add(login.key);
      violations.push(violationOf(index, login, other));
    }
    for (const login of secret.logins) remember(known, secret, login);
  }
  return violations;
}

interface KnownLogin {
  readonly ref: string;
  readonly login: Login;
}

/** The limit of compared Secrets for one login. More of them give no new answer. */
const MAX_KNOWN = 16;

function remember(known: Map<string, KnownLogin[]>, { ref, group }: ComparedSecret, login: Login): void {
  for (const lookupKey of lookupKeys(group, login)) {
    const list = known.get(lookupKey) ?? [];
    known.set(lookupKey, list);
    const isKnown = list.some((one) => one.ref === ref && one.login.password.equals(login.password));
    if (list.length < MAX_KNOWN && !isKnown) list.push({ ref, login });
  }
}

/** Default names of users and databases. Two logins with such a name are probably different. */
const COMMON_NAMES = new Set(['postgres', 'root', 'admin', 'user', 'app', 'test', 'dev']);

/** The keys under which a login is indexed. Two logins that are the same share at least one. */
function lookupKeys(group: string, { user, host, database }: Login): readonly string[] {
  const lookupKey = (...parts: readonly string[]): string => JSON.stringify([group, user, ...parts]);
  if (host === undefined && database === undefined) return COMMON_NAMES.has(user) ? [] : [lookupKey()];
  return [
    ...(host === undefined ? [] : [lookupKey('host', host)]),
    ...(database === undefined || (COMMON_NAMES.has(user) && COMMON_NAMES.has(database))
      ? []
      : [lookupKey('database', database)]),
  ];
}

/** Another server, a pooler on another port, or a replica may have its own passwords. */
function contradicts(a: Login, b: Login): boolean {
  const agree = (one: string | undefined, other: string | undefined): boolean =>
    one === undefined || other === undefined || one === other;
  return (
    agree(a.host, b.host) &&
    agree(a.port, b.port) &&
    agree(a.database, b.database) &&
    !a.password.equals(b.password)
  );
}

const violationOf = (index: number, { key }: Login, { ref, login }: KnownLogin): CrossSecretViolation => ({
  index,
  key,
  message: `has another password than ${login.key} of Secret ${ref} for the same login`,
  fix: `put the same password into both, or keep the login in one Secret`,
});
