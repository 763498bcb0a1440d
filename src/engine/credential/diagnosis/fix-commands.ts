import { fromSecret, identifier, type Place, psql, rotate } from './commands.ts';
import type { Fix } from './defer-to-other-manager.ts';
import type { LoginFacts, Surrounding } from './login-evidence.ts';

/** What a sentence about a refused login begins with. */
export const subject = ({ key, role, target: { host, port } }: LoginFacts): string =>
  `the login of ${key}, role ${role} on ${host}:${port},`;

/** To the server, what the Secret says, in place of what others may log in with. */
export const replaceByWritten = ({ place, isKept }: Surrounding): Fix => ({
  changes: 'role-follows-secret',
  text: isKept ? fromSecret(place) : `${KEEP}, then ${fromSecret(place)}`,
});

const KEEP = 'make a PostgresCredential for it (docs/postgres.md)';

/** To the server, what the Secret says, where nobody else logs in with what the server has. */
export const giveWritten = (login: LoginFacts, around: Surrounding): Fix =>
  around.isKept ? followSecret(around.place) : sql(login, around, `\\password ${identifier(login.role)}`);

export const followSecret = (place: Place): Fix => ({
  changes: 'role-follows-secret',
  text: fromSecret(place),
});

/** To both; but first the two have to agree, for what nobody can log in with is not taken from anybody. */
export const newPassword = ({ place, isKept }: Surrounding): Fix => ({
  changes: 'secret',
  text: `${isKept ? '' : `${KEEP}, then `}${fromSecret(place)} && ${rotate(place)}`,
});

/** By whoever administers the server. */
export const sql = (
  { target }: LoginFacts,
  { adminRole = 'postgres' }: Surrounding,
  ...text: readonly string[]
): Fix => ({ changes: 'server', text: psql(target, adminRole, ...text) });
