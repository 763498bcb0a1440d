import { type Credential, isSameCredential } from '../../record/credential.ts';
import type { Divergence, Wish } from '../../record/login-record.ts';
import { otherLogin } from './alternate-role.ts';
import { begun, divergedFor, goneBack, nextRole } from './begin-change.ts';
import { loginAmong } from './credential-in-version.ts';
import type { LoginFacts, Standing } from './login-observation.ts';

/** What the Secret says does not open the server. Which of the two is right depends on who has changed which. */
export function outOfStep(facts: LoginFacts): Standing {
  const { login, written, opens } = facts;
  const { wish, diverged } = login;
  if (wish !== undefined && !isOutdated(facts, wish)) return granted(facts, wish);
  if (diverged !== undefined && !isEditedSince(facts, diverged)) return { kind: 'diverged', login };
  if (isSameCredential(login.current, written)) return changedInServer(facts);
  const why = whyNoWish(facts) ?? whyNotAgain(facts);
  return why === undefined ? carried(facts, opens) : divergedFor(facts, why);
}

function granted(facts: LoginFacts, wish: Wish): Standing {
  const { login, opens, written, hasAdmin, sentence, fresh } = facts;
  if (opens === undefined && !hasAdmin)
    return divergedFor(
      facts,
      `${sentence}; no password that is known opens it, and no administrator is named`,
    );
  if (facts.isCopy !== undefined && wish.kind !== 'from-secret') return divergedFor(facts, facts.isCopy);
  const isOfWritten = wish.kind === 'from-secret' || opens === undefined;
  if (isOfWritten && isStranger(facts)) return divergedFor(facts, STRANGER);
  switch (wish.kind) {
    case 'rollback':
      return goneBack(facts, opens ?? written, wish, written);
    case 'from-secret':
      return carried(facts, opens);
    case 'rotate':
      return begun(login, {
        cause: 'requested',
        from: opens,
        // The other of a pair may not be there yet, and nobody is let in by the one that is.
        to: {
          role: opens === undefined ? written.role : nextRole({ ...facts, written: opens }),
          password: fresh(),
        },
        found: written,
        restores: undefined,
      });
  }
}

/** The server is to have what somebody has written into the Secret. Of a pair the other role gets it: the one in use is left alone. */
function carried({ login, written, strategy }: LoginFacts, opens: Credential | undefined): Standing {
  const isOfUse = strategy === 'AlternatingUsers' && opens?.role === written.role;
  const role = isOfUse ? otherLogin(login.owner, written.role) : written.role;
  const to = { role, password: written.password };
  return begun(login, { cause: 'edited', from: opens, to, restores: undefined });
}

/** Undefined: what is written was written by somebody who wants the server to follow. Else why not: the end of a sentence. */
function whyNoWish({
  login,
  secret,
  isRestored,
  opens,
  hasAdmin,
  written,
  strategy,
  rotate,
  verdict,
  sentence,
}: LoginFacts): string | undefined {
  // No password would help.
  if (verdict.kind === 'no-login') return sentence;
  const mend = `${rotate} --from-secret has the server follow the Secret`;
  if (isRestored)
    return `the Secret was put back from a backup, and the server has another password: ${mend}`;
  if (login.secret !== secret)
    return `the Secret was made anew, and the server has another password: ${mend}`;
  const known = opens ?? login.current;
  if (known === undefined)
    return `the server has another password than the Secret, and nobody knows which: ${mend}`;
  if (opens === undefined && !hasAdmin)
    return `the Secret was changed, and no password that is known opens the server: set it there, or name adminSecretName`;
  if (written.role !== known.role && isStranger({ login, written, strategy })) return STRANGER;
  return undefined;
}

/** As long as somebody who writes a Secret all the time, such as a deployer, takes to do so again. Milliseconds. */
const INSISTENCE = 60 * 60 * 1000;

/** What was put back and is written once more would be put back once more, and those that read it restarted, without end. */
function whyNotAgain({ login, versions, written, keys, now, rotate }: LoginFacts): string | undefined {
  const { failed } = login;
  if (failed?.undone !== true || now.getTime() - failed.time.getTime() > INSISTENCE) return undefined;
  const isSame = versions.slice(0, -1).some(({ data }) => isSameCredential(loginAmong(data, keys), written));
  return isSame
    ? `the Secret was put back, because ${failed.reason}, and the same was written into it again: write another password, or ${rotate} --from-secret has the server follow the Secret`
    : undefined;
}

/** Whoever may write the Secret may not for that have an administrator change any role of the server: only those that it was proven to open. */
function isStranger({
  login,
  written,
  strategy,
}: Pick<LoginFacts, 'login' | 'written' | 'strategy'>): boolean {
  if (login.current === undefined) return false;
  const pair = [login.owner, otherLogin(login.owner, login.owner)];
  return (
    written.role !== login.current.role && !(strategy === 'AlternatingUsers' && pair.includes(written.role))
  );
}

/** The role is not named: no server has accepted it, and it may be a value that got under the wrong key. */
const STRANGER =
  'the Secret names another role than before, and its password does not open the server: put the role back, or set a password that does';

/** Nobody has touched the Secret. After a failover or a restore the server has forgotten; else somebody has changed it there. */
function changedInServer(facts: LoginFacts): Standing {
  const { login, opens, server, written, hasAdmin, rotate, sentence } = facts;
  const before = login.server;
  const isAnother = differs(before?.timeline, server?.timeline) || differs(before?.system, server?.system);
  if (isAnother && (opens !== undefined || hasAdmin))
    return begun(login, { cause: 'restored', from: opens, to: written, restores: undefined });
  return divergedFor(
    facts,
    `${sentence}, though nobody has changed the Secret: somebody else has changed the role; ${rotate} --from-secret puts it back, if nobody else is to manage it`,
  );
}

/** Who may not be told which server it is sees no other one. */
const differs = (before: unknown, now: unknown): boolean =>
  before !== undefined && now !== undefined && before !== now;

/** A person has written a login into the Secret after that request. A login that a backup has put back is no decision. */
function isOutdated(facts: LoginFacts, wish: Wish): boolean {
  if (wish.kind === 'from-secret' || wish.after === undefined || facts.isRestored) return false;
  const { diverged } = facts.login;
  const isDecision = diverged === undefined || isEditedSince(facts, diverged);
  return isDecision && isEditedSince(facts, { version: wish.after });
}

/** A touch of the Secret that leaves its login is no decision. */
function isEditedSince(
  { versions, keys }: Pick<LoginFacts, 'versions' | 'keys'>,
  { version }: Pick<Divergence, 'version'>,
): boolean {
  const logins = [keys.user, keys.password];
  return versions.some(
    ({ number, keys: changed }) => number > version && changed.some((key) => logins.includes(key)),
  );
}
