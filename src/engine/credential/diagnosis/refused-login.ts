import type { CheckResult } from '../../doctor/check-result.ts';
import type { OtherManager } from '../../server/other-managers.ts';
import { deferToOtherManager, type LoginRefusal, loginRefusal } from './defer-to-other-manager.ts';
import { askAdministrator, followSecret, loginSubject } from './fix-commands.ts';
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
import { expired, noLogin, noPassword, unknownRole } from './refused-role.ts';

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
  for (const check of REFUSAL_CHECKS) {
    const found = check(login, context);
    if (found !== undefined) return found;
  }
  const { adminFault = 'no login of an administrator is known' } = context;
  const { changes, text } = followSecret(login, context) ?? askAdministrator(context);
  const problem = login.managed?.explanation.problem;
  return loginRefusal(
    problem === undefined
      ? `${loginSubject(login)} is refused (28P01), and ${ADMIN_SEES}: ${adminFault}`
      : `${loginSubject(login)} is refused: ${problem}. Only an administrator sees the reason: ${adminFault}`,
    changes,
    text,
  );
}

const ADMIN_SEES =
  'only an administrator sees whether the password is wrong or the role is unknown, expired or without a password';
