import { ROLE_ABSENT, ROLE_WITHOUT_LOGIN, ROLE_WITHOUT_PASSWORD, roleExpired } from '../change/role-fault.ts';
import { quoteIdentifier } from './commands.ts';
import { type LoginRefusal, loginRefusal } from './defer-to-other-manager.ts';
import { followSecret, loginSubject, setFromSecretCommand, sqlCommand } from './fix-commands.ts';
import type { DiagnosisContext, LoginEvidence } from './login-evidence.ts';

export function unknownRole(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  const { role, admin, result } = login;
  if (result.kind !== 'unknown-role' && admin?.role !== undefined) return undefined;
  if (result.kind !== 'unknown-role' && admin === undefined) return undefined;
  const near = admin?.nearestRole === undefined ? '' : `; there is one called ${admin.nearestRole}`;
  const create = `CREATE ROLE ${quoteIdentifier(role)} LOGIN`;
  const message = `${loginSubject(login)} is refused: ${ROLE_ABSENT.text}${near}`;
  const follow = followSecret(login, context);
  if (follow === undefined)
    return { message, fix: sqlCommand(login, context, create, `\\password ${quoteIdentifier(role)}`) };
  const { text } = sqlCommand(login, context, create);
  return loginRefusal(message, 'role-follows-secret', `${text} && ${follow.text}`);
}

export function noLogin(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  const { admin, result, role } = login;
  if (result.kind !== 'no-login' && admin?.role?.mayLogin !== false) return undefined;
  return {
    message: `${loginSubject(login)} is refused: ${ROLE_WITHOUT_LOGIN.text}`,
    fix: sqlCommand(login, context, `ALTER ROLE ${quoteIdentifier(role)} LOGIN`),
  };
}

export function expired(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  const { admin, result, role } = login;
  const until = admin?.role?.validUntil;
  const isOver = until !== undefined && until <= context.now;
  if (result.kind !== 'expired' && !isOver) return undefined;
  return {
    message: `${loginSubject(login)} is refused: ${roleExpired(until).text}`,
    // Dollar quotes need no further quotes in any shell.
    fix: sqlCommand(login, context, `ALTER ROLE ${quoteIdentifier(role)} VALID UNTIL $$infinity$$`),
  };
}

export function noPassword(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  if (login.result.kind !== 'no-password' && login.admin?.role?.hasPassword !== false) return undefined;
  return {
    message: `${loginSubject(login)} is refused: ${ROLE_WITHOUT_PASSWORD.text}`,
    fix: setFromSecretCommand(login, context),
  };
}
