import { type Credential, isSameCredential } from '../../secret/record/credential.ts';
import { versionHeldAgain } from '../../secret/record/earlier-versions.ts';
import type { SecretData } from '../../secret/record/record.ts';
import { urlPasswords } from '../in-secret/url-passwords.ts';
import { serverKindOf, systemOf } from '../server-kinds/kinds.ts';
import { credentialInVersion } from './credential-in-version.ts';
import type { LoginObservation } from './login-observation.ts';
import { ROLE_WITHOUT_LOGIN } from './role-fault.ts';
import { isUnprovenRole, unprovenRole, versionWith, type WayOn, waysOn } from './ways-on.ts';

/** The reason why the login in the Secret does not open its server. The status, the Event and the doctor have it. */
export interface MismatchExplanation {
  /** Sentences, the last one without its full stop. */
  readonly problem: string;
  readonly ways: readonly WayOn[];
  /** A sentence for people, if no command ends this state. */
  readonly advice: string | undefined;
}

/** `problem` is the reason of a decision against a change. Without one, the facts explain themselves. */
export function explainMismatch(
  facts: LoginObservation,
  problem = changedInServerReason(facts) ?? untrustedEditReason(facts) ?? bothSides(facts),
): MismatchExplanation {
  const ways = waysOn(facts);
  return {
    problem,
    ways: isSecretOld(facts) ? ways.toReversed() : ways,
    advice: ways.length === 0 ? adviceFor(facts) : undefined,
  };
}

/** All sentences, the last one without its full stop. */
export function explanationText({ problem, ways, advice }: MismatchExplanation): string {
  const commands = ways.map(({ command, effect }) => `${command} ${effect}`);
  return [problem, ...commands, ...(advice === undefined ? [] : [advice])].join('. ');
}

/** Then its own versions are newer than the Secret, and most often the right ones. */
const isSecretOld = ({ isRestored, login, secretUid }: LoginObservation): boolean =>
  isRestored || login.secret !== secretUid;

/** A command that needs something else first is left to the doctor. */
function adviceFor(facts: LoginObservation): string {
  const { place, server, result, hasAdmin, workingCredential } = facts;
  const { account, allowed, object } = serverKindOf(facts.keys);
  const doctor = `lockstep doctor ${place.namespace}/${place.name} has the command`;
  if (isUnprovenRole(facts)) return `Restore the ${account}, or set a password that opens the server`;
  if (server?.roleFault !== undefined || result.kind === 'no-login') return `${doctor} for the server`;
  if (!hasAdmin && workingCredential === undefined)
    return 'Name an administrator in adminSecretName, or set a password in the Secret that opens the server';
  return `The ${object} must name the ${account} under spec.${allowed} first: ${doctor}`;
}

/** The Secret has not changed since it opened the server. Undefined if it has. */
export function changedInServerReason(facts: LoginObservation): string | undefined {
  const { login, secretCredential, workingCredential, server } = facts;
  if (!isSameCredential(login.current, secretCredential)) return undefined;
  if (server?.roleFault !== undefined) return `${server.roleFault.text}, and the Secret has not changed`;
  return workingCredential === undefined
    ? `${serverSide(facts)}. The Secret has not changed: another client has changed the ${serverKindOf(facts.keys).account} in the server`
    : `${serverSide(facts)}, and ${secretSide(facts)}. The Secret has not changed: the server was restored, or another client set the earlier password`;
}

/**
 * The reason why the Secret is no decision of a person that the server should follow. Undefined if a person wrote it so
 * that the server follows it.
 */
export function untrustedEditReason(facts: LoginObservation): string | undefined {
  const { login, secretUid, secretCredential, isRestored, workingCredential, hasAdmin, hasConsent, result } =
    facts;
  // No password would help.
  if (result.kind === 'no-login') return ROLE_WITHOUT_LOGIN.text;
  if (isRestored) return changedWhole('was restored from a backup', facts);
  if (login.secret !== secretUid && !hasConsent) return changedWhole('was created again', facts);
  const known = workingCredential ?? login.current;
  if (isKept(facts)) return `the policy keeps the password, the Secret was changed, and ${serverSide(facts)}`;
  if (known === undefined)
    return 'no login in this Secret has opened the server yet, and the server refuses this one';
  if (workingCredential === undefined && !hasAdmin)
    return 'the Secret was changed, and no password that is known opens the server';
  return secretCredential.role !== known.role && isUnprovenRole(facts) ? unprovenRole(facts) : undefined;
}

/** The password was changed without consent, although its policy keeps it. */
const isKept = ({ keepsPassword, hasConsent, login, secretCredential }: LoginObservation): boolean =>
  keepsPassword && !hasConsent && login.current?.password.equals(secretCredential.password) === false;

/** Whether lockstep itself returns the Secret to the login that opens the server. */
export const mayReturn = (facts: LoginObservation): boolean =>
  facts.mayWriteSecret &&
  facts.copyReason === undefined &&
  !facts.isRestored &&
  ((facts.login.secret !== facts.secretUid && !facts.hasConsent) || isKept(facts));

function changedWhole(verb: string, facts: LoginObservation): string {
  const number = heldAgain(facts);
  const password = number === undefined ? 'another password' : `the password of version ${number}`;
  return `the Secret ${verb} with ${password}, and ${serverSide(facts)}`;
}

/** Both sides, whichever of them is right. */
export const bothSides = (facts: LoginObservation): string =>
  `${serverSide(facts)}, and ${secretSide(facts)}`;

function serverSide(facts: LoginObservation): string {
  const { workingCredential } = facts;
  if (workingCredential === undefined)
    return 'the server refuses each password that the Secret is known to have held';
  const number = versionWith(facts, workingCredential);
  if (number !== undefined) return `the server has the password of version ${number}`;
  return `the server has ${urlWith(facts, workingCredential) ?? 'an earlier password of this login'}`;
}

/** A URL may have a password that no version of the Secret had under its own key. */
function urlWith(
  { versions, data: present, keys }: LoginObservation,
  { role, password }: Credential,
): string | undefined {
  const keyIn = (data: SecretData | undefined): string | undefined =>
    data && urlPasswords(data, role, systemOf(keys)).find((one) => one.password.equals(password))?.key;
  const key = keyIn(present);
  if (key !== undefined) return `the password that ${key} holds`;
  const version = versions.findLast(({ data }) => keyIn(data) !== undefined);
  return version && `the password that ${keyIn(version.data)} held in version ${version.number}`;
}

function secretSide(facts: LoginObservation): string {
  const again = heldAgain(facts);
  if (again !== undefined) return `the Secret that of version ${again} again`;
  const number = versionWith(facts, facts.secretCredential);
  return number === undefined ? 'the Secret a newer one' : `the Secret that of version ${number}`;
}

/** The Secret may have changed since the last version. */
export function heldAgain({ versions, keys, secretCredential }: LoginObservation): number | undefined {
  const isHeld = ({ data }: LoginObservation['versions'][number]): boolean =>
    isSameCredential(credentialInVersion(data, keys), secretCredential);
  return versionHeldAgain(versions, isHeld);
}
