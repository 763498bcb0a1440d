import type { Diagnosis } from '../../doctor/check-result.ts';
import { askWith } from './commands.ts';
import { mendedByOther, type Refusal, refusal } from './defer-to-other-manager.ts';
import { subject } from './fix-commands.ts';
import type { LoginFacts, Surrounding } from './login-evidence.ts';
import {
  anotherPassword,
  anotherServer,
  hashShaped,
  mangled,
  ofUrl,
  olderVersion,
  oldForm,
  unseenPassword,
} from './refused-password.ts';
import { expired, noLogin, noPassword, unknownRole } from './refused-role.ts';

type Cause = (login: LoginFacts, around: Surrounding) => Refusal | undefined;

/**
 * What a client sees as one answer, 28P01 (and NOLOGIN, which is the next that it would see). In this order, because what comes first holds whatever the password is:
 * a role that is not there has none.
 */
const CAUSES: readonly Cause[] = [
  unknownRole,
  noLogin,
  expired,
  noPassword,
  // Nobody can log in with such a text, whoever has stored it.
  hashShaped,
  // The same login opens the server elsewhere.
  anotherServer,
  // The server has the very password, and takes no login by it.
  oldForm,
  mangled,
  olderVersion,
  ofUrl,
  // All that could be known is, and it was none of these.
  anotherPassword,
  unseenPassword,
];

/** Why the server refuses a login, and the one command that mends it. */
export const refusedLogin = (login: LoginFacts, around: Surrounding): Diagnosis =>
  mendedByOther(causeOf(login, around), around.other ?? login.admin?.role?.otherWriter);

function causeOf(login: LoginFacts, around: Surrounding): Refusal {
  for (const cause of CAUSES) {
    const found = cause(login, around);
    if (found !== undefined) return found;
  }
  const { place, adminFault = 'no login of an administrator is known' } = around;
  return refusal(
    `${subject(login)} is refused (28P01): wrong password, no such role, or one that has expired or has no password; which of them only an administrator sees: ${adminFault}`,
    'nothing',
    askWith(place),
  );
}
