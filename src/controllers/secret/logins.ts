import type { ServerCredential } from '../../engine/login/credential-schema/compile.ts';
import { notReadyReport } from '../../engine/login/status/conditions.ts';
import { releaseDeadline } from '../../engine/login/status/finalizer-timeout.ts';
import { followGenerator } from '../credential/follow-generator.ts';
import { followSource, UNRESTRICTED } from '../credential/follow-source.ts';
import { gatherInput } from '../credential/gather.ts';
import { type NextActions, reconcileLogin } from '../credential/reconciler.ts';
import type { ReconcilerDeps } from '../reconciler-deps.ts';
import { type SecretSession, sessionForLogin } from '../secret-session/open.ts';
import { loginServerOf } from './login-server-of.ts';

/** A Secret holds logins of several kinds, the copy of one, or none. Each of them may restrict the next actions. */
export async function reconcileLogins(
  credentials: readonly ServerCredential[],
  source: ServerCredential | undefined,
  session: SecretSession,
  deps: ReconcilerDeps,
): Promise<NextActions> {
  const actions: NextActions[] = [];
  for (const credential of credentials) {
    const next = await reconcileCredential(credential, sessionForLogin(session, credential), {
      ...deps,
      emit: (event) => deps.emit(event, credential),
    });
    // The Secret has changed, so what was read of it is outdated.
    if (next.requeueAfter === 0) return next;
    actions.push(next);
  }
  if (source !== undefined) actions.push(await followSource(session, source, deps));
  const delays = actions.flatMap(({ requeueAfter }) => requeueAfter ?? []);
  return {
    mayWrite: actions.every(({ mayWrite }) => mayWrite),
    mayRollOut: actions.every(({ mayRollOut }) => mayRollOut),
    requeueAfter: delays.length === 0 ? undefined : Math.min(...delays),
  };
}

/** No event reports that the Secret of the administrator or the CA exists again, so each pass reads both. */
const RECHECK_INTERVAL_MS = 30_000;
/** An outdated URL may be the only reason why the server can't be found. */
const MID_CHANGE: NextActions = { mayWrite: true, mayRollOut: false, requeueAfter: RECHECK_INTERVAL_MS };

/**
 * If its ServerCredential can't be reconciled, the Secret is treated like any other. But in the middle of a change no
 * consumer restarts.
 */
async function reconcileCredential(
  credential: ServerCredential,
  session: SecretSession,
  deps: ReconcilerDeps,
): Promise<NextActions> {
  const { system } = credential.spec.keys;
  if (deps.credentials.forSecret(session.ref, system) !== undefined)
    await followGenerator(session, system, deps);
  const input = await gatherInput(credential, session, loginServerOf(credential, deps), deps);
  if (!('type' in input)) return await reconcileLogin(input, deps);
  const change = session.record().login?.change;
  const deletedAt = deps.credentials.finalizer.deletedAt(credential);
  const unfinished = change && { change, letGo: deletedAt && releaseDeadline(deletedAt) };
  const report = notReadyReport(credential, input, unfinished);
  deps.emit({ kind: 'credential-status', credential, report });
  return change === undefined ? UNRESTRICTED : MID_CHANGE;
}
