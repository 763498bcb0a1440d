import { allowedRoles } from '../../engine/login/change/allowed-roles.ts';
import { editConsentOf } from '../../engine/login/change/edit-consent.ts';
import { evaluateLogin } from '../../engine/login/change/evaluate-login.ts';
import { knownCredentials } from '../../engine/login/change/known-credentials.ts';
import type {
  LoginEvaluation,
  LoginObservation,
  ObservedServer,
} from '../../engine/login/change/login-observation.ts';
import { newPassword } from '../../engine/login/change/new-password.ts';
import { nextRotation } from '../../engine/login/change/next-rotation.ts';
import {
  isPasswordCorrect,
  isRefused,
  isUnproven,
  type LoginResult,
} from '../../engine/login/result/login-result.ts';
import { isProvenServer } from '../../engine/login/server/proven-server.ts';
import { KEEPS_ROLE, ownerOf } from '../../engine/login/server-kinds/login-roles.ts';
import type { OtherManager } from '../../engine/secret/other-managers.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import { lastWriter } from '../../engine/secret/record/earlier-versions.ts';
import { isForced } from '../../engine/secret/record/forced.ts';
import { mayRestore } from '../../engine/versions/rollback/plan.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Deps } from '../reconciler-deps.ts';
import { recordProof, serverAddress } from './open-server.ts';
import { loginLabelsOf, loginRecordOf, type ReconcileInput, tryLogin } from './reconcile-input.ts';

/** Tries the login in the Secret. If the server refuses it, tries the other known credentials. */
export async function checkLogin(
  input: ReconcileInput,
  deps: Deps<'credentials' | 'context' | 'settings' | 'emit'>,
  past: Pick<LoginObservation, 'wasRestoredOften'> = {},
): Promise<{
  readonly evaluation: LoginEvaluation;
  readonly loginResult: LoginResult;
  readonly sentence: string;
  /** The tool that already manages the role. */
  readonly otherManager: OtherManager | undefined;
  readonly warning?: string | undefined;
}> {
  const { target, secretCredential: written } = input;
  const loginResult = await tryLogin(input, target, written, deps);
  const sentence = loginLabelsOf(input).sentence(written.role, loginResult);
  const workingCredential = isRefused(loginResult) ? await findWorkingCredential(input, deps) : undefined;
  if (workingCredential === 'unknown')
    return {
      evaluation: { kind: 'unknown', login: loginRecordOf(input) },
      loginResult,
      sentence,
      otherManager: undefined,
    };
  // If the server can't be reached, no other login reaches it either, and each attempt would wait for it.
  const isReachable = isPasswordCorrect(loginResult) || isRefused(loginResult);
  const server = isReachable
    ? await readServerFacts(input, loginResult.kind === 'ok' ? written : workingCredential)
    : undefined;
  if (
    isPasswordCorrect(loginResult) &&
    !isUnproven(loginResult) &&
    server !== undefined &&
    input.admin !== undefined
  ) {
    const { role } = written;
    await recordProof(input, { role, owner: ownerOf(role, server.memberOf) }, deps);
  }
  const observation = {
    ...observationOf(input, deps),
    ...past,
    result: loginResult,
    workingCredential,
    server,
  };
  const evaluation = evaluateLogin(observation, sentence);
  return { evaluation, loginResult, sentence, otherManager: server?.otherManager, warning: server?.warning };
}

function observationOf(
  input: ReconcileInput,
  { context, settings, credentials }: Deps<'context' | 'settings' | 'credentials'>,
): Omit<LoginObservation, 'result' | 'workingCredential' | 'server'> {
  const { credential, observed, session, secretCredential: written, permissions, admin } = input;
  const login = loginRecordOf(input);
  const { keys, strategy } = credential.spec;
  const now = context.now();
  return {
    login,
    data: observed.secret.data,
    secretCredential: written,
    secretUid: observed.uid,
    serverIdentity: input.serverId,
    versions: session.record().versions,
    hasAdmin: admin !== undefined,
    strategy: input.copyReason === undefined ? strategy : KEEPS_ROLE,
    copyReason: input.copyReason,
    isRestored: settings.restoreFieldManagers.has(
      lastWriter(session.record().versions, keys.password) ?? observed.written.by,
    ),
    ...editConsentOf(permissions, keys, session.record().versions),
    isDue:
      input.copyReason === undefined &&
      !isForced(session.record()) &&
      nextRotation(credential, login, now).isDue,
    keys,
    place: { namespace: observed.secret.namespace, name: observed.secret.name },
    alterableRoles: allowedRoles(
      credential.spec,
      credentials.provenRoles.read(credential),
      serverAddress(input.target),
    ),
    mayRestore: (version) => mayRestore(permissions, session.record(), version, context),
    now,
    newPassword: () => newPassword(permissions, keys.password, context),
  };
}

/** 'unknown' if one of them could not be tried: it might be the working one. */
async function findWorkingCredential(
  input: ReconcileInput,
  deps: Deps<'emit'>,
): Promise<Credential | 'unknown' | undefined> {
  const { session, credential, secretCredential: written, target } = input;
  if (!isProvenServer(target, session.record().login?.at)) return undefined;
  for (const one of knownCredentials(session.record(), credential.spec, written)) {
    const loginResult = await tryLogin(input, target, one, deps);
    if (loginResult.kind === 'ok') return one;
    if (!isRefused(loginResult)) return 'unknown';
  }
  return undefined;
}

/** Undefined if no login opens the server, or the query is not allowed. */
async function readServerFacts(
  input: ReconcileInput,
  working: Credential | undefined,
): Promise<ObservedServer | undefined> {
  try {
    const end = await input.server.observe(input, working);
    return end.kind === 'did' ? end.result : undefined;
  } catch (error) {
    if (error instanceof LockstepError) return undefined;
    throw error;
  }
}
