import { fromSecret, psqlCommand, quoteIdentifier, rotateCommand, type SecretRef } from './commands.ts';
import type { Fix } from './defer-to-other-manager.ts';
import type { DiagnosisContext, LoginEvidence } from './login-evidence.ts';

/** What a sentence about a refused login begins with. */
export const loginSubject = ({ key, role, target: { host, port } }: LoginEvidence): string =>
  `the login of ${key}, role ${role} on ${host}:${port},`;

/** To the server, what the Secret says, in place of what others may log in with. */
export const replaceFromSecretCommand = ({ place, isManaged }: DiagnosisContext): Fix => ({
  changes: 'role-follows-secret',
  text: isManaged ? fromSecret(place) : `${CREATE_CREDENTIAL}, then ${fromSecret(place)}`,
});

const CREATE_CREDENTIAL = 'make a PostgresCredential for it (docs/postgres.md)';

/** To the server, what the Secret says, where nobody else logs in with what the server has. */
export const setFromSecretCommand = (login: LoginEvidence, context: DiagnosisContext): Fix =>
  context.isManaged
    ? followSecret(context.place)
    : sqlCommand(login, context, `\\password ${quoteIdentifier(login.role)}`);

export const followSecret = (place: SecretRef): Fix => ({
  changes: 'role-follows-secret',
  text: fromSecret(place),
});

/** To both; but first the two have to agree, for what nobody can log in with is not taken from anybody. */
export const newPasswordCommand = ({ place, isManaged }: DiagnosisContext): Fix => ({
  changes: 'secret',
  text: `${isManaged ? '' : `${CREATE_CREDENTIAL}, then `}${fromSecret(place)} && ${rotateCommand(place)}`,
});

/** By whoever administers the server. */
export const sqlCommand = (
  { target }: LoginEvidence,
  { adminRole = 'postgres' }: DiagnosisContext,
  ...text: readonly string[]
): Fix => ({ changes: 'server', text: psqlCommand(target, adminRole, ...text) });
