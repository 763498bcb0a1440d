import { pageUrl } from '../../finding/docs-url.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import { fromSecret, psqlCommand, quoteIdentifier, rotateCommand } from './commands.ts';
import type { Fix } from './defer-to-other-manager.ts';
import type { DiagnosisContext, LoginEvidence } from './login-evidence.ts';

/** The beginning of a sentence about a refused login. */
export const loginSubject = ({ key, role, target: { host, port } }: LoginEvidence): string =>
  `the login of ${key}, role ${role} on ${host}:${port},`;

/** Sets the password of the Secret in the server. It replaces a password that other users may need. */
export const replaceFromSecretCommand = ({ place, isManaged }: DiagnosisContext): Fix => ({
  changes: 'role-follows-secret',
  text: isManaged ? fromSecret(place) : `${CREATE_CREDENTIAL}, then ${fromSecret(place)}`,
});

const CREATE_CREDENTIAL = `make a PostgresCredential for it (${pageUrl('tasks/connect-postgresql.md')})`;

/** Sets the password of the Secret in the server. No other user needs the present password of the server. */
export const setFromSecretCommand = (login: LoginEvidence, context: DiagnosisContext): Fix =>
  context.isManaged
    ? followSecret(context.place)
    : sqlCommand(login, context, `\\password ${quoteIdentifier(login.role)}`);

export const followSecret = (place: SecretRef): Fix => ({
  changes: 'role-follows-secret',
  text: fromSecret(place),
});

/**
 * Sets a new password on both sides. Both must agree first. No user can log in with the present password, so no login
 * is lost.
 */
export const newPasswordCommand = ({ place, isManaged }: DiagnosisContext): Fix => ({
  changes: 'secret',
  text: `${isManaged ? '' : `${CREATE_CREDENTIAL}, then `}${fromSecret(place)} && ${rotateCommand(place)}`,
});

/** For the administrator of the server. */
export const sqlCommand = (
  { target }: LoginEvidence,
  { adminRole = 'postgres' }: DiagnosisContext,
  ...text: readonly string[]
): Fix => ({ changes: 'server', text: psqlCommand(target, adminRole, ...text) });
