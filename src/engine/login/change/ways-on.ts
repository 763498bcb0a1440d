import { type Credential, isSameCredential } from '../../secret/record/credential.ts';
import type { ChangeRequest } from '../../secret/record/login-record.ts';
import { fromSecret, rollbackCommand } from '../../versions/change-commands.ts';
import { serverKindOf } from '../server-kinds/kinds.ts';
import { pairOf } from '../server-kinds/login-roles.ts';
import { beginRollback } from './begin-change.ts';
import { credentialInVersion } from './credential-in-version.ts';
import type { LoginObservation } from './login-observation.ts';

/** A command that ends the difference between Secret and server. */
export interface WayOn {
  readonly command: string;
  /** Completes the command to a sentence. */
  readonly effect: string;
  /** Or else only the server changes. */
  readonly changesSecret: boolean;
}

/**
 * The commands that end the difference between Secret and server. The same facts decide later whether a command is
 * refused, so none of these is.
 */
export function waysOn(facts: LoginObservation): readonly WayOn[] {
  const { place, workingCredential, secretCredential } = facts;
  const isBroken = isRoleBroken(facts);
  const ways: WayOn[] = [];
  if (!isBroken && mayFollowSecret(facts))
    ways.push({
      command: fromSecret(place),
      effect: 'sets the password of the Secret in the server',
      changesSecret: false,
    });
  const otherWorks = workingCredential !== undefined && workingCredential.role !== secretCredential.role;
  const to = isBroken && !otherWorks ? undefined : restorableVersion(facts);
  if (to !== undefined)
    ways.push({
      command: rollbackCommand(place, to),
      effect: `restores version ${to} of the Secret`,
      changesSecret: true,
    });
  return ways;
}

/** No password helps such a role. */
const isRoleBroken = ({ result, server }: LoginObservation): boolean =>
  result.kind === 'no-login' || (server?.roleFault !== undefined && server.roleFault.kind !== 'no-password');

/** Whether `lockstep rotate --from-secret` begins a change. */
const mayFollowSecret = (facts: LoginObservation): boolean =>
  requestRefusal(facts, { kind: 'from-secret' }) === undefined &&
  mayAlter(facts, facts.secretCredential.role);

/**
 * The version whose login the server has, or else the one whose login was proven last. Undefined if it can't be
 * restored.
 */
function restorableVersion(facts: LoginObservation): number | undefined {
  const { login, workingCredential, secretCredential, mayRestore } = facts;
  const wanted = workingCredential ?? login.current;
  if (wanted === undefined || isSameCredential(wanted, secretCredential)) return undefined;
  const number = versionWith(facts, wanted);
  if (number === undefined || mayRestore?.(number) === false) return undefined;
  const request = { kind: 'rollback', to: number } as const;
  const from = workingCredential ?? secretCredential;
  const isGranted =
    requestRefusal(facts, request) === undefined &&
    mayAlter(facts, from.role) &&
    beginRollback(facts, from, request).kind === 'begin';
  return isGranted ? number : undefined;
}

/** The newest version with that login. */
export const versionWith = (
  { versions, keys }: Pick<LoginObservation, 'versions' | 'keys'>,
  credential: Credential,
): number | undefined =>
  versions.findLast(({ data }) => isSameCredential(credentialInVersion(data, keys), credential))?.number;

/** The reason against the request: a sentence. Undefined if a change can begin. */
export function requestRefusal(
  facts: LoginObservation,
  { kind }: Pick<ChangeRequest, 'kind'>,
): string | undefined {
  const { workingCredential, hasAdmin, copyReason } = facts;
  if (workingCredential === undefined && !hasAdmin) return NO_KNOWN_PASSWORD;
  if (copyReason !== undefined && kind !== 'from-secret') return copyReason;
  const usesSecretCredential = kind === 'from-secret' || workingCredential === undefined;
  return usesSecretCredential && isUnprovenRole(facts) ? unprovenRole(facts) : undefined;
}

const NO_KNOWN_PASSWORD = 'no password that is known opens the server, and no administrator is named';

/** A role without an administrator changes itself. Otherwise the administrator needs the proof of a login. */
export function mayAlter(
  { hasAdmin, alterableRoles, workingCredential }: LoginObservation,
  role: string,
): boolean {
  const isProvenNow = workingCredential?.role === role;
  if (!hasAdmin) return isProvenNow;
  return alterableRoles.includes(role) || (alterableRoles.length === 0 && isProvenNow);
}

/**
 * A user who may write the Secret must not make an administrator change any role of the server. Only roles with a
 * proven login are allowed.
 */
export function isUnprovenRole({
  login,
  secretCredential,
  strategy,
}: Pick<LoginObservation, 'login' | 'secretCredential' | 'strategy'>): boolean {
  if (login.current === undefined) return false;
  return (
    secretCredential.role !== login.current.role &&
    !pairOf(strategy, login.owner).includes(secretCredential.role)
  );
}

/** The sentence does not name the role: no server has accepted it, and the key may hold another value by mistake. */
export const unprovenRole = ({ keys }: Pick<LoginObservation, 'keys'>): string =>
  `the Secret names another ${serverKindOf(keys).account} than before, and its password does not open the server`;
