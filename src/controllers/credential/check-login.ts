import { ownerOf } from '../../engine/credential/change/alternate-role.ts';
import { standingOf } from '../../engine/credential/change/evaluate-login.ts';
import { knownCredentials } from '../../engine/credential/change/known-credentials.ts';
import type { FoundServer, LoginFacts, Standing } from '../../engine/credential/change/login-observation.ts';
import { newPassword } from '../../engine/credential/change/new-password.ts';
import { dueRotation } from '../../engine/credential/change/next-rotation.ts';
import { isWhereProven } from '../../engine/credential/change/proven-server.ts';
import {
  isPasswordRight,
  isRefused,
  isUnproven,
  type LoginVerdict,
} from '../../engine/login/login-result.ts';
import type { Credential } from '../../engine/record/credential.ts';
import { isForced } from '../../engine/record/forced.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import type { OtherWriter } from '../../engine/server/other-managers.ts';
import { LockstepError } from '../../errors.ts';
import { type CredentialNeeds, keepProof, loginOf, onServer, type Scene, toldIn } from './reconcile-input.ts';

/** Tries what the Secret says, and where that is refused what is known beside it. */
export async function lookAtLogin(
  scene: Scene,
  needs: CredentialNeeds,
): Promise<{
  readonly standing: Standing;
  readonly verdict: LoginVerdict;
  readonly sentence: string;
  /** Who looks after the role already. */
  readonly other: OtherWriter | undefined;
}> {
  const { target, written } = scene;
  const verdict = await needs.tryLogin(target, written);
  const sentence = toldIn(scene).sentence(written.role, verdict);
  const opens = isRefused(verdict) ? await whichOpens(scene, needs) : undefined;
  if (opens === 'unknown')
    return { standing: { kind: 'unknown', login: loginOf(scene) }, verdict, sentence, other: undefined };
  // Of one that can't be reached nobody else gets in either, and each that tries waits for it.
  const isReached = isPasswordRight(verdict) || isRefused(verdict);
  const server = isReached
    ? await serverOf(scene, verdict.kind === 'ok' ? written : opens, needs)
    : undefined;
  if (isPasswordRight(verdict) && !isUnproven(verdict) && server !== undefined && scene.admin !== undefined) {
    const { role } = written;
    await keepProof(scene, { role, owner: ownerOf(role, server.memberOf) }, needs);
  }
  const standing = standingOf({ ...surroundingOf(scene, needs), verdict, sentence, opens, server });
  return { standing, verdict, sentence, other: server?.otherWriter };
}

function surroundingOf(
  scene: Scene,
  { around, restorers }: CredentialNeeds,
): Omit<LoginFacts, 'verdict' | 'sentence' | 'opens' | 'server'> {
  const { credential, held, book, written, mandate, admin } = scene;
  const login = loginOf(scene);
  const { keys, strategy } = credential.spec;
  const now = around.now();
  return {
    login,
    written,
    secret: held.uid,
    at: scene.at,
    versions: book.record().versions,
    hasAdmin: admin !== undefined,
    strategy: scene.isCopy === undefined ? strategy : 'SingleUser',
    isCopy: scene.isCopy,
    isRestored: restorers.has(lastWriter(book.record(), keys.password) ?? held.written.by),
    isDue:
      scene.isCopy === undefined && !isForced(book.record()) && dueRotation(credential, login, now).isDue,
    keys,
    rotate: `lockstep rotate ${held.secret.namespace}/${held.secret.name}`,
    now,
    fresh: () => newPassword(mandate, keys.password, around),
  };
}

/** Who has set it, whatever has followed it since. */
const lastWriter = ({ versions }: SecretRecord, key: string): string | undefined =>
  versions.findLast(({ keys }) => keys.includes(key))?.by;

/** 'unknown' where one of them could not be tried: it might have been that. */
async function whichOpens(
  { book, credential, written, target }: Scene,
  { tryLogin }: CredentialNeeds,
): Promise<Credential | 'unknown' | undefined> {
  if (!isWhereProven(target, book.record().login?.at)) return undefined;
  for (const one of knownCredentials(book.record(), credential.spec, written)) {
    const verdict = await tryLogin(target, one);
    if (verdict.kind === 'ok') return one;
    if (!isRefused(verdict)) return 'unknown';
  }
  return undefined;
}

/** Undefined where nobody gets in, or it may not be asked. */
async function serverOf(
  scene: Scene,
  credential: Credential | undefined,
  needs: CredentialNeeds,
): Promise<FoundServer | undefined> {
  try {
    const end = await onServer(
      scene,
      [credential],
      async (server) => {
        const { system, timeline } = await server.facts();
        const role = await server.role(scene.written.role);
        const memberOf = role?.mayBecome ?? [];
        const owner = ownerOf(scene.written.role, memberOf);
        const ofOwner = owner === scene.written.role ? role : await server.role(owner);
        return { system, timeline, memberOf, otherWriter: ofOwner?.otherWriter ?? role?.otherWriter };
      },
      needs,
    );
    return end.kind === 'did' ? end.result : undefined;
  } catch (error) {
    if (error instanceof LockstepError) return undefined;
    throw error;
  }
}
