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
 * What a client sees as one answer, 28P01 (and NOLOGIN, which is the next that it would see). In this order, because what comes first holds whatever the password is:
 * a role that is not there has none.
 */
const REFUSAL_CHECKS: readonly RefusalCheck[] = [
  unknownRole,
  noLogin,
  expired,
  noPassword,
  // Nobody can log in with such a text, whoever has stored it.
  hashShapedPassword,
  // The same login opens the server elsewhere.
  anotherServer,
  // The server has the very password, and takes no login by it.
  outdatedVerifier,
  storedVariant,
  olderVersion,
  passwordOfUrl,
  // All that could be known is, and it was none of these.
  anotherPassword,
  unreadablePassword,
];

/** Why the server refuses a login, and the one command that mends it. */
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
    `${loginSubject(login)} is refused (28P01): wrong password, no such role, or one that has expired or has no password; which of them only an administrator sees: ${adminFault}`,
    'nothing',
    doctorWithAdminCommand(place),
  );
}
