import { fromSecret, quoteIdentifier } from './commands.ts';
import { type LoginRefusal, loginRefusal } from './defer-to-other-manager.ts';
import { loginSubject, setFromSecretCommand, sqlCommand } from './fix-commands.ts';
import type { DiagnosisContext, LoginEvidence } from './login-evidence.ts';

export function unknownRole(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  const { role, admin, result } = login;
  if (result.kind !== 'unknown-role' && admin?.role !== undefined) return undefined;
  if (result.kind !== 'unknown-role' && admin === undefined) return undefined;
  const near = admin?.nearestRole === undefined ? '' : `; there is one called ${admin.nearestRole}`;
  const create = `CREATE ROLE ${quoteIdentifier(role)} LOGIN`;
  const message = `${loginSubject(login)} is refused: the server has no such role${near}`;
  if (!context.isManaged)
    return { message, fix: sqlCommand(login, context, create, `\\password ${quoteIdentifier(role)}`) };
  const { text } = sqlCommand(login, context, create);
  return loginRefusal(message, 'role-follows-secret', `${text} && ${fromSecret(context.place)}`);
}

export function noLogin(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  const { admin, result, role } = login;
  if (result.kind !== 'no-login' && admin?.role?.mayLogin !== false) return undefined;
  return {
    message: `${loginSubject(login)} is refused: the role may not log in (NOLOGIN)`,
    fix: sqlCommand(login, context, `ALTER ROLE ${quoteIdentifier(role)} LOGIN`),
  };
}

export function expired(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  const { admin, result, role } = login;
  const until = admin?.role?.validUntil;
  const isOver = until !== undefined && until <= context.now;
  if (result.kind !== 'expired' && !isOver) return undefined;
  const since = until === undefined ? '' : ` on ${until.toISOString()}`;
  return {
    message: `${loginSubject(login)} is refused: the password of the role has expired${since} (VALID UNTIL)`,
    // Dollar quotes need no further quotes in any shell.
    fix: sqlCommand(login, context, `ALTER ROLE ${quoteIdentifier(role)} VALID UNTIL $$infinity$$`),
  };
}

export function noPassword(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  if (login.result.kind !== 'no-password' && login.admin?.role?.hasPassword !== false) return undefined;
  return {
    message: `${loginSubject(login)} is refused: the role has no password on the server (PASSWORD NULL)`,
    fix: setFromSecretCommand(login, context),
  };
}
