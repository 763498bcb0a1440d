import type { CheckResult } from '../../doctor/check-result.ts';
import { doctorWithAdminCommand } from './commands.ts';
import { deferToOtherManager, type LoginRefusal, loginRefusal } from './defer-to-other-manager.ts';
import { loginSubject } from './fix-commands.ts';
import type { DiagnosisContext, LoginEvidence } from './login-evidence.ts';
import {
  anotherPassword,
  anotherServer,
  hashShapedPassword,
  olderVersion,
  outdatedVerifier,
  passwordOfUrl,
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
  olderVersion,
  passwordOfUrl,
  // All facts are known, and none of the causes above applies.
  anotherPassword,
  unreadablePassword,
];

/** The reason why the server refuses a login, and the one command that fixes it. */
export const diagnoseRefusedLogin = (login: LoginEvidence, context: DiagnosisContext): CheckResult =>
  deferToOtherManager(
    firstRefusalCause(login, context),
    context.otherManager ?? login.admin?.role?.otherManager,
  );

function firstRefusalCause(login: LoginEvidence, context: DiagnosisContext): LoginRefusal {
  for (const check of REFUSAL_CHECKS) {
    const found = check(login, context);
    if (found !== undefined) return found;
  }
  const { place, adminFault = 'no login of an administrator is known' } = context;
  return loginRefusal(
    `${loginSubject(login)} is refused (28P01), and only an administrator sees whether the password is wrong or the role is unknown, expired or without a password: ${adminFault}`,
    'nothing',
    doctorWithAdminCommand(place),
  );
}
