import { serverAt } from '../../controllers/credential/reconcile-input.ts';
import { withProven } from '../../engine/credential/change/allowed-roles.ts';
import { loginAmong } from '../../engine/credential/change/credential-in-version.ts';
import { loginInSecret } from '../../engine/login/login-in-secret.ts';
import { isSameCredential } from '../../engine/record/credential.ts';
import type { LoginRecord, Wish } from '../../engine/record/login-record.ts';
import { latest, type SecretRecord } from '../../engine/record/record.ts';
import { isControllerLeading } from '../../kube/client/lease.ts';
import { readRecord } from '../../kube/record/records.ts';
import { loginEndLines, loginExitCode } from '../../report/history/outcome-text.ts';
import { changeText } from '../../report/history/phase-text.ts';
import type { BegunRotation } from '../secret-session/load-secret.ts';
import { toldEnd } from '../secret-session/retry-during-outage.ts';
import { driveLogin } from './drive.ts';
import { outlookOf } from './reconcile-input.ts';
import { type LoginRun, needsOf, refuse } from './run.ts';
import { tidingsOfCredential } from './stored-status.ts';
import { writeWish } from './write-request.ts';

/**
 * Has Secret and server become what somebody wishes, and waits for it. Resolves with the exit code. Throws LOGIN_REFUSED where it can't begin; then nothing was
 * written.
 */
export async function carryOutWish(run: LoginRun, begun: BegunRotation, wish: Wish): Promise<number> {
  const { cluster, options, say } = run;
  const isLed = (await isControllerLeading(cluster, options.lockstepNamespace)) === true;
  const change = begun.record.login?.change;
  if (change !== undefined) {
    say(
      `a change is under way since ${change.since.toISOString()}, in ${change.phase}: ${changeText(change)}`,
    );
    // What is asked for is the very thing that is being done; a version that is asked for comes after it.
    if (wish.kind !== 'rollback') return await follow(run, begun, begun.record, wish, isLed);
  } else if (isLed) await mayBegin(run, begun.record.login, wish);
  else if ((await mayBeginHere(run, begun, wish)) === 'in step') {
    say('Secret and server are in step: there is nothing to change');
    return 0;
  }
  return await follow(run, begun, await writeWish(run, begun, wish), wish, isLed);
}

/** What the controller has found out. */
async function mayBegin(run: LoginRun, login: LoginRecord | undefined, wish: Wish): Promise<void> {
  const { trouble } = await tidingsOfCredential(run);
  if (trouble !== undefined) refuse(run, trouble);
  if (wish.kind === 'rotate' && login?.diverged !== undefined) tellOutOfStep(run, login.diverged.reason);
}

/** What can be found out from here. */
async function mayBeginHere(
  run: LoginRun,
  begun: BegunRotation,
  wish: Wish,
): Promise<'in step' | 'to be done'> {
  if (wish.kind === 'from-secret') vouchFor(run, begun);
  const outlook = await outlookOf(run, begun, wish, needsOf(run));
  if (outlook.kind === 'in-step') return wish.kind === 'from-secret' ? 'in step' : 'to be done';
  const { cause, from } = outlook.change;
  const written = loginAmong(begun.held.secret.data, run.credential.spec.keys);
  if (cause === 'requested' && !isSameCredential(from, written))
    tellOutOfStep(run, 'the login of the Secret is refused');
  return 'to be done';
}

/**
 * The person who says that the server is to follow the Secret logs in with the administrator's login by his own right to read it. So a role that no login has
 * proven yet may be the one that the Secret names, for this command.
 */
function vouchFor({ credential, credentials }: LoginRun, { held, mandate }: BegunRotation): void {
  const found = loginInSecret(held.secret, credential.spec, mandate.matched);
  const stored = credentials.storedOf(credential);
  if ('fault' in found || stored === undefined || credentials.provenOf(credential) !== undefined) return;
  const proven = { server: serverAt(found.target), roles: [found.credential.role] };
  credentials.put({ ...stored, status: withProven(stored.status, proven) });
}

function tellOutOfStep({ say }: LoginRun, reason: string): void {
  say(`Secret and server are not in step: ${reason}`);
  say('both get a new password');
}

async function follow(
  run: LoginRun,
  { mandate }: BegunRotation,
  record: SecretRecord,
  { kind }: Wish,
  isLed: boolean,
): Promise<number> {
  const { place, say } = run;
  const secret = `${place.namespace}/${place.name}`;
  say(
    isLed
      ? `the controller changes the password in Secret ${secret} and on its server, also if you do not wait for it`
      : `no controller leads: the password in Secret ${secret} and on its server is changed from here`,
  );
  return await toldEnd(say, () => drive(run, mandate, record, kind));
}

async function drive(
  run: LoginRun,
  mandate: BegunRotation['mandate'],
  record: SecretRecord,
  kind: Wish['kind'],
): Promise<number> {
  const { place, cluster, say } = run;
  const secret = `${place.namespace}/${place.name}`;
  const begun = performance.now();
  const end = await driveLogin(run, record);
  const found = await readRecord(cluster, place).catch(() => undefined);
  const version = latest(found?.kind === 'read' ? found.record : record).number;
  const context = { secret, version, fromSecret: kind === 'from-secret' };
  const took = performance.now() - begun;
  for (const line of loginEndLines(end, { ...context, restarts: mandate.restarts, took })) say(line);
  return loginExitCode(end, context);
}
