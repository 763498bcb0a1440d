import { serverKindOf } from '../../login/server-kinds/kinds.ts';
import { pageUrl } from '../../secret/finding/docs-url.ts';
import { fromSecret, rotateCommand } from '../../versions/change-commands.ts';
import { allowCommand, doctorWithAdminCommand, psqlCommand, quoteIdentifier } from './commands.ts';
import type { Fix } from './defer-to-other-manager.ts';
import type { DiagnosisContext, LoginEvidence } from './login-evidence.ts';

/** The beginning of a sentence about a refused login. */
export const loginSubject = ({ key, role, target }: LoginEvidence): string =>
  `the login of ${key}, ${serverKindOf(target).account} ${role} on ${target.host}:${target.port},`;

/** Sets the password of the Secret in the server. It replaces a password that other users may need. */
export function replaceFromSecretCommand(login: LoginEvidence, context: DiagnosisContext): Fix {
  if (login.managed !== undefined) return followSecret(login, context) ?? askAdministrator(context);
  const { object } = serverKindOf(login.target);
  return roleFollows(`make a ${object} for it (${CONNECT_PAGE}), then ${fromSecret(context.place)}`);
}

const CONNECT_PAGE = pageUrl('tasks/connect-postgresql.md');

/** Sets the password of the Secret in the server. No other user needs the present password of the server. */
export const setFromSecretCommand = (login: LoginEvidence, context: DiagnosisContext): Fix =>
  followSecret(login, context) ?? sqlCommand(login, context, `\\password ${quoteIdentifier(login.role)}`);

/**
 * Has lockstep set the password of the Secret in the server. First the PostgresCredential gets all that lockstep needs
 * for it. Undefined if lockstep may not do it, or no administrator is known.
 */
export function followSecret(
  { managed, target }: LoginEvidence,
  { place, credentialName, adminSecret }: DiagnosisContext,
): Fix | undefined {
  if (managed === undefined || credentialName === undefined) return undefined;
  const { administrator, allowedRoles } = managed.missing;
  const { host, port } = target;
  if (administrator && adminSecret === undefined) return undefined;
  const spec = {
    ...(administrator && { adminSecretName: adminSecret, server: { host, port } }),
    ...(allowedRoles.length > 0 && { [serverKindOf(target).allowed]: allowedRoles }),
  };
  const allow =
    Object.keys(spec).length === 0
      ? ''
      : `${allowCommand(place, serverKindOf(target).object, credentialName, spec)} && `;
  return roleFollows(`${allow}${fromSecret(place)}`);
}

const roleFollows = (text: string): Fix => ({ changes: 'role-follows-secret', text });

export const askAdministrator = ({ place }: DiagnosisContext): Fix => ({
  changes: 'nothing',
  text: doctorWithAdminCommand(place),
});

/**
 * Sets a new password on both sides. Both must agree first. No user can log in with the present password, so no login
 * is lost.
 */
export function newPasswordCommand(login: LoginEvidence, context: DiagnosisContext): Fix {
  const { changes, text } = replaceFromSecretCommand(login, context);
  return changes === 'nothing'
    ? { changes, text }
    : { changes: 'secret', text: `${text} && ${rotateCommand(context.place)}` };
}

/** For the administrator of the server. */
export const sqlCommand = (
  { target }: LoginEvidence,
  { adminRole = 'postgres' }: DiagnosisContext,
  ...text: readonly string[]
): Fix => ({ changes: 'server', text: psqlCommand(target, adminRole, ...text) });
