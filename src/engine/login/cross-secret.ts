import type { Login } from './logins.ts';

/** One Secret among those that are judged together. */
export interface Neighbour {
  readonly ref: string;
  /** Only Secrets of one group are compared: one namespace of one environment. */
  readonly group: string;
  readonly logins: readonly Login[];
}

/** A warning; of the two Secrets the later one is named, and the earlier one in the message. */
export interface CrossComplaint {
  /** Which of the neighbours, from 0. */
  readonly index: number;
  readonly key: string;
  readonly message: string;
  readonly fix: string;
}

/**
 * The same login with two passwords. Two logins are one where user, server and database agree as far as both Secrets say, and at least the server or the
 * database is said by both; a user alone is enough where neither says more and the name is not one that every server has.
 */
export function crossSecret(neighbours: readonly Neighbour[]): readonly CrossComplaint[] {
  const known = new Map<string, Known[]>();
  const complaints: CrossComplaint[] = [];
  for (const [index, neighbour] of neighbours.entries()) {
    const told = new Set<string>();
    for (const login of neighbour.logins) {
      const other = places(neighbour.group, login)
        .flatMap((place) => known.get(place) ?? [])
        .find((earlier) => earlier.ref !== neighbour.ref && contradicts(earlier.login, login));
      if (other === undefined || told.has(login.key)) continue;
      told.add(login.key);
      complaints.push(complaint(index, login, other));
    }
    for (const login of neighbour.logins) remember(known, neighbour, login);
  }
  return complaints;
}

interface Known {
  readonly ref: string;
  readonly login: Login;
}

/** More Secrets than this with one login, and it is known that they agree with each other or not. */
const MOST_KNOWN = 16;

function remember(known: Map<string, Known[]>, { ref, group }: Neighbour, login: Login): void {
  for (const place of places(group, login)) {
    const list = known.get(place) ?? [];
    known.set(place, list);
    const isKnown = list.some((one) => one.ref === ref && one.login.password.equals(login.password));
    if (list.length < MOST_KNOWN && !isKnown) list.push({ ref, login });
  }
}

/** Names that users and databases have unless somebody chose others: two of them are hardly one. */
const EVERYBODY = new Set(['postgres', 'root', 'admin', 'user', 'app', 'test', 'dev']);

/** Under each of these a login is looked for: two that are one have a place in common. */
function places(group: string, { user, host, database }: Login): readonly string[] {
  const place = (...parts: readonly string[]): string => JSON.stringify([group, user, ...parts]);
  if (host === undefined && database === undefined) return EVERYBODY.has(user) ? [] : [place()];
  return [
    ...(host === undefined ? [] : [place('host', host)]),
    ...(database === undefined || (EVERYBODY.has(user) && EVERYBODY.has(database))
      ? []
      : [place('database', database)]),
  ];
}

/** Another server, a pooler on another port, a replica: their passwords are their own. */
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

const complaint = (index: number, { key }: Login, { ref, login }: Known): CrossComplaint => ({
  index,
  key,
  message: `has another password than ${login.key} of Secret ${ref} for the same login`,
  fix: `put the same password into both, or keep the login in one Secret`,
});
