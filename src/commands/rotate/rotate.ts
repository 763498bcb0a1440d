import type { CredentialStore } from '../../controllers/credential/store.ts';
import { namedSourceOf } from '../../engine/login/copies/login-copy.ts';
import type { ServerCredential } from '../../engine/login/credential-schema/compile.ts';
import { evaluationOf } from '../../engine/review/evaluation/evaluation.ts';
import type { Permissions } from '../../engine/review/own-writes/permissions.ts';
import type { ChangeRequest } from '../../engine/secret/record/login-record.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors/errors.ts';
import { credentialsOfSecret, readCredentialStore, refuseUnusable } from '../adapters/credentials.ts';
import type { Shell } from '../cli/shell.ts';
import { dryRunPasswordChange } from '../password-change/dry-run.ts';
import { executeChange } from '../password-change/execute.ts';
import { openLogin, type PasswordChangeRun } from '../password-change/run.ts';
import type { SecretChangeOptions } from '../secret-session/options.ts';
import { openRun, type SecretRun } from '../secret-session/run.ts';
import { cancelRotation } from './cancel.ts';
import { rotateKeys } from './keys.ts';

/** `timeout` is also the longest time between two steps. */
export interface RotateOptions extends SecretChangeOptions {
  /** Without a key, the password of a login, or every key that a policy rotates. */
  readonly key?: readonly string[];
  readonly dryRun?: boolean;
  /** For a login: the server must take the password that the Secret holds. */
  readonly fromSecret?: boolean;
  /** Cancels a request that has not begun. */
  readonly cancel?: boolean;
}

/**
 * Rotates the current values of a Secret: the password of a login together with its server, or generated keys. Resolves
 * with the exit code: 0 when done, 1 if it stopped in the middle. Throws LockstepError if it can't begin; then nothing
 * was changed.
 */
export async function rotate(ref: SecretRef, options: RotateOptions, shell: Shell): Promise<number> {
  const run = await openRun(ref, options, shell);
  const credentials = await readCredentialStore(run.cluster, ref.namespace);
  const { fromSecret = false, dryRun = false } = options;
  const { key: keys = [] } = options;
  const credential = credentialToRotate(ref, credentials, keys);
  if (options.cancel === true) {
    return cancelRotation(run, { login: credential?.spec.keys, keys });
  }
  if (credential !== undefined)
    return rotatePassword({ ...run, credentials, credential }, { fromSecret, dryRun });
  const source = options.key === undefined ? await namedSource(run) : undefined;
  if (source !== undefined)
    throw refusal(ref, `its login follows Secret ${source}: run lockstep rotate ${source}, or give --key`);
  if (fromSecret) throw refusal(ref, NO_SERVER_FOLLOWS);
  return rotateKeys(run, dryRun);
}

/** The Secret whose login this one follows, by its annotation, as `namespace/name`. Throws LockstepError. */
async function namedSource({ ports, ref }: SecretRun): Promise<string | undefined> {
  const observed = await ports.secrets.read(ref);
  const source = observed && namedSourceOf(observed.secret);
  return source && `${source.namespace}/${source.name}`;
}

const NO_SERVER_FOLLOWS =
  'no PostgresCredential and no RedisCredential names that password, so no server could follow it';

/** The login whose password the keys name, or the only one. Undefined if they are no login. Throws LockstepError. */
function credentialToRotate(
  ref: SecretRef,
  credentials: CredentialStore,
  keys: readonly string[],
): ServerCredential | undefined {
  const ofSecret = credentialsOfSecret(credentials, ref);
  if (ofSecret.length === 0 && keys.length === 0) refuseUnusable(credentials, ref);
  const named = ofSecret.filter(({ spec }) => keys.length === 0 || keys.includes(spec.keys.password));
  const passwords = named.map(({ spec }) => spec.keys.password);
  if (passwords.length > 1 && keys.length === 0)
    throw refusal(ref, `it holds several logins: name one by --key ${passwords.join(' or --key ')}`);
  if (passwords.length > 0 && keys.length > 1)
    throw refusal(ref, `${passwords[0]} changes together with its server: give that key alone`);
  return named[0];
}

const refusal = ({ namespace, name }: SecretRef, reason: string): LockstepError =>
  new LockstepError('ROTATION_REFUSED', [`${namespace}/${name}`, reason]);

interface RotatePasswordOptions {
  /** The server must take the password that the Secret holds. */
  readonly fromSecret: boolean;
  readonly dryRun: boolean;
}

/**
 * Changes the password of a login in its server and in its Secret. Resolves with the exit code. Throws LockstepError if
 * it can't begin.
 */
async function rotatePassword(
  run: PasswordChangeRun,
  { fromSecret, dryRun }: RotatePasswordOptions,
): Promise<number> {
  const session = await openLogin(run);
  const otherKeys = keysRotatedByPolicies(session.permissions).filter(
    (key) => key !== run.credential.spec.keys.password,
  );
  if (otherKeys.length > 0 && !fromSecret)
    run.print(`only the password is rotated; for ${otherKeys.join(', ')} name the keys with --key`);
  const changeRequest: ChangeRequest = { kind: fromSecret ? 'from-secret' : 'rotate' };
  return dryRun
    ? await dryRunPasswordChange(run, session, changeRequest)
    : await executeChange(run, session, changeRequest);
}

/** Keys with `rotate` in a policy. */
const keysRotatedByPolicies = ({ request, matched, mayGenerate }: Permissions): readonly string[] =>
  mayGenerate
    ? [...evaluationOf(request, matched).managedKeys.values()]
        .filter(({ entry }) => entry.rotate !== undefined)
        .map(({ key }) => key)
    : [];
