import {
  ROLE_ABSENT,
  ROLE_WITHOUT_LOGIN,
  ROLE_WITHOUT_PASSWORD,
  roleExpired,
} from '../../login/change/role-fault.ts';
import type { OtherManager } from '../../secret/other-managers.ts';
import type { CheckResult } from '../check-result.ts';
import { quoteIdentifier } from './commands.ts';
import { deferToOtherManager, type LoginRefusal, loginRefusal } from './defer-to-other-manager.ts';
import {
  askAdministrator,
  followSecret,
  loginSubject,
  setFromSecretCommand,
  sqlCommand,
} from './fix-commands.ts';
import type { DiagnosisContext, LoginEvidence } from './login-evidence.ts';
import {
  anotherPassword,
  anotherServer,
  hashShapedPassword,
  knownPassword,
  olderVersion,
  otherKey,
  otherRole,
  outdatedVerifier,
  passwordOfUrl,
  sameRole,
  storedVariant,
  unreadablePassword,
} from './refused-password.ts';
import { refusedUser } from './refused-user.ts';

type RefusalCheck = (login: LoginEvidence, around: DiagnosisContext) => LoginRefusal | undefined;

/**
 * The causes behind the one answer that a client gets, 28P01, and NOLOGIN, which follows it. The order matters: earlier
 * causes hold for any password. For example, a role that does not exist has none.
 */
const REFUSAL_CHECKS: readonly RefusalCheck[] = [
  // Its password was never that of this role.
  otherRole,
  // The Secret itself has a login that works.
  otherKey,
  unknownRole,
  noLogin,
  expired,
  noPassword,
  // No user can log in with such a text.
  hashShapedPassword,
  // The same login opens another server.
  anotherServer,
  // The server has the same password, but refuses the login.
  outdatedVerifier,
  storedVariant,
  knownPassword,
  sameRole,
  olderVersion,
  passwordOfUrl,
  // All facts are known, and none of the causes above applies.
  anotherPassword,
  unreadablePassword,
];

const REDIS_REFUSAL_CHECKS: readonly RefusalCheck[] = [
  otherRole,
  otherKey,
  refusedUser,
  anotherServer,
  storedVariant,
  knownPassword,
  sameRole,
  olderVersion,
  passwordOfUrl,
  anotherPassword,
];

/** The reason why the server refuses a login, and the command that fixes it. */
export const diagnoseRefusedLogin = (login: LoginEvidence, context: DiagnosisContext): CheckResult =>
  deferToOtherManager(firstRefusalCause(login, context), managerOf(login, context));

/** The controller refuses each change of a login whose PostgresCredential is not ready. */
function managerOf(
  { admin, managed }: LoginEvidence,
  { otherManager, notReadyReason }: DiagnosisContext,
): OtherManager | undefined {
  if (otherManager !== undefined) return otherManager;
  return managed === undefined || notReadyReason === undefined
    ? admin?.role?.otherManager
    : { kind: 'conflict', sentence: notReadyReason };
}

function firstRefusalCause(login: LoginEvidence, context: DiagnosisContext): LoginRefusal {
  const isRedis = login.target.system === 'redis';
  for (const check of isRedis ? REDIS_REFUSAL_CHECKS : REFUSAL_CHECKS) {
    const found = check(login, context);
    if (found !== undefined) return found;
  }
  const { adminFault = 'no login of an administrator is known' } = context;
  const { changes, text } = followSecret(login, context) ?? askAdministrator(context);
  const problem = login.managed?.explanation.problem;
  return loginRefusal(
    problem === undefined
      ? `${loginSubject(login)} is refused (${isRedis ? `WRONGPASS), and ${ADMIN_SEES_USER}` : `28P01), and ${ADMIN_SEES}`}: ${adminFault}`
      : `${loginSubject(login)} is refused: ${problem}. Only an administrator sees the reason: ${adminFault}`,
    changes,
    text,
  );
}

const ADMIN_SEES_USER =
  'only an administrator sees whether the password is wrong or the user is absent, off or without one';
const ADMIN_SEES =
  'only an administrator sees whether the password is wrong or the role is unknown, expired or without a password';

function unknownRole(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
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

function noLogin(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  const { admin, result, role } = login;
  if (result.kind !== 'no-login' && admin?.role?.mayLogin !== false) return undefined;
  return {
    message: `${loginSubject(login)} is refused: ${ROLE_WITHOUT_LOGIN.text}`,
    fix: sqlCommand(login, context, `ALTER ROLE ${quoteIdentifier(role)} LOGIN`),
  };
}

function expired(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
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

function noPassword(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  if (login.result.kind !== 'no-password' && login.admin?.role?.hasPassword !== false) return undefined;
  return {
    message: `${loginSubject(login)} is refused: ${ROLE_WITHOUT_PASSWORD.text}`,
    fix: setFromSecretCommand(login, context),
  };
}
