import type { LoginObservation } from '../../login/change/login-observation.ts';
import {
  explainMismatch,
  heldAgain,
  type MismatchExplanation,
} from '../../login/change/mismatch-explanation.ts';
import { resolveMismatch } from '../../login/change/password-mismatch.ts';
import { isUnprovenRole, mayAlter } from '../../login/change/ways-on.ts';
import { pairOf } from '../../login/server-kinds/login-roles.ts';
import { isSameCredential } from '../../secret/record/credential.ts';

/** The refused login that a PostgresCredential names, as the controller explains it. */
export interface ManagedLogin {
  readonly explanation: MismatchExplanation;
  /** The Secret names another role than the one whose login was proven. */
  readonly isOtherRole: boolean;
  /** A person wrote a new password, so the server follows it. */
  readonly isNewPassword: boolean;
  /** The password that the server has is known. */
  readonly isServerKnown: boolean;
  /** The changes of the PostgresCredential without which lockstep may not set the password of the Secret. */
  readonly missing: {
    readonly administrator: boolean;
    /** The roles for spec.allowedRoles. Empty if the role may be changed. */
    readonly allowedRoles: readonly string[];
  };
}

export function managedLogin(facts: LoginObservation): ManagedLogin {
  const { login, hasAdmin, workingCredential, secretCredential, strategy, alterableRoles } = facts;
  const { role } = secretCredential;
  const again = heldAgain(facts);
  const isUnchanged = isSameCredential(login.current, secretCredential);
  const isBegun =
    resolveMismatch({ ...facts, login: { ...login, changeRequest: undefined } }).kind === 'begin';
  const needsAdministrator = workingCredential === undefined && !hasAdmin;
  return {
    explanation: explainMismatch(facts),
    isOtherRole: isUnprovenRole(facts),
    isNewPassword: isBegun && !isUnchanged && again === undefined,
    isServerKnown: workingCredential !== undefined,
    missing: {
      administrator: needsAdministrator,
      // The list of the PostgresCredential is replaced as a whole, so the roles that it has stay in it.
      allowedRoles: mayAlter({ ...facts, hasAdmin: hasAdmin || needsAdministrator }, role)
        ? []
        : [...new Set([...alterableRoles, role, ...pairOf(strategy, role)])],
    },
  };
}
