import type { SecretRecord } from '../record.ts';
import type { Sensitive } from '../sensitive.ts';
import { otherLogin, ownerOf } from './alternate.ts';
import { type Credential, isSameCredential } from './credential.ts';
import type { Divergence, LoginChange, LoginRecord, Wish } from './login-record.ts';
import type { OtherWriter } from './others.ts';
import type { Roles } from './plan.ts';
import type { LoginKeys } from './publish.ts';
import { isPasswordRight, isRefused, isUnproven, type LoginVerdict } from './verdict.ts';

/** A login that nothing is being done with, as it was found. */
export interface LoginFacts {
  readonly login: LoginRecord;
  /** What the Secret says, and the uid that it has now. */
  readonly written: Credential;
  readonly secret: string;
  /** The versions of the Secret; the last one holds what is written. */
  readonly versions: SecretRecord['versions'];
  /** Of a login with what is written. */
  readonly verdict: LoginVerdict;
  /** That verdict as a sentence. */
  readonly sentence: string;
  /** Of all that is known, what opens the server instead; looked for only where what is written is refused. */
  readonly opens: Credential | undefined;
  /** Undefined where nobody got in who could ask. */
  readonly server: FoundServer | undefined;
  /** There is somebody who may change roles. */
  readonly hasAdmin: boolean;
  readonly roles: Roles;
  /** Why the Secret is not written: it is a copy of something. A sentence; undefined: it is. */
  readonly isCopy?: string | undefined;
  /** Whether the last to write the Secret puts old state back. */
  readonly isRestored: boolean;
  readonly isDue: boolean;
  readonly keys: LoginKeys;
  /** `lockstep rotate shop/app`: for sentences. */
  readonly rotate: string;
  readonly now: Date;
  readonly fresh: () => Sensitive;
}

export interface FoundServer {
  readonly system: string | undefined;
  readonly timeline: number | undefined;
  /** Roles that the one in the Secret is a member of. */
  readonly memberOf: readonly string[];
  /** Who else sets its password. */
  readonly otherWriter?: OtherWriter | undefined;
}

export type Begin = Pick<LoginChange, 'cause' | 'from' | 'to' | 'restores' | 'forced'>;

/** What there is to be done about it. `login`: as it is to be recorded. */
export type Standing =
  | { readonly kind: 'in-step'; readonly login: LoginRecord }
  /** Nobody can tell at this moment. */
  | { readonly kind: 'unknown'; readonly login: LoginRecord }
  | { readonly kind: 'diverged'; readonly login: LoginRecord }
  | { readonly kind: 'begin'; readonly login: LoginRecord; readonly change: Begin };

export function standingOf(facts: LoginFacts): Standing {
  // A server that asks for no password proves none.
  if (isUnproven(facts.verdict)) return { kind: 'unknown', login: facts.login };
  if (isPasswordRight(facts.verdict)) return inStep(facts);
  return isRefused(facts.verdict) ? outOfStep(facts) : { kind: 'unknown', login: facts.login };
}

/** The server lets in who says what the Secret says, however that came about. Somebody's wish comes before what is due. */
function inStep(facts: LoginFacts): Standing {
  const login = agreed(facts);
  const { wish } = login;
  const isOpen = facts.verdict.kind === 'ok';
  if (facts.isCopy !== undefined && wish !== undefined && wish.kind !== 'as-written')
    return { kind: 'in-step', login: notGranted(facts, login, facts.isCopy) };
  if (wish?.kind === 'rollback') return goneBack({ ...facts, login }, facts.written, wish);
  if (wish?.kind === 'rotate' || (facts.isDue && isOpen)) {
    const to = { role: nextRole({ ...facts, login }), password: facts.fresh() };
    const cause = wish === undefined ? 'schedule' : 'asked';
    return begun(login, { cause, from: facts.written, to, restores: undefined });
  }
  return { kind: 'in-step', login: wish === undefined ? login : { ...login, wish: undefined } };
}

/** The same object where nothing is new. */
function agreed({ login, written, secret, server, roles }: LoginFacts): LoginRecord {
  const isNew = !isSameCredential(login.current, written);
  const found = server ?? login.server;
  const owner = ownerAfter(login, written, server, roles);
  const isSame =
    !isNew &&
    login.secret === secret &&
    login.owner === owner &&
    login.diverged === undefined &&
    login.server?.system === found?.system &&
    login.server?.timeline === found?.timeline;
  if (isSame) return login;
  return {
    ...login,
    secret,
    owner,
    current: written,
    previous: isNew ? (login.current ?? login.previous) : login.previous,
    server: found && { system: found.system, timeline: found.timeline },
    diverged: undefined,
  };
}

function ownerAfter(
  { owner }: LoginRecord,
  { role }: Credential,
  server: FoundServer | undefined,
  roles: Roles,
): string {
  if (roles === 'InPlace') return role;
  if (server === undefined) return role === owner || role === otherLogin(owner, owner) ? owner : role;
  return ownerOf(role, server.memberOf);
}

/** Who the Secret is to name after a change of what it names now. */
const nextRole = ({ roles, login, written }: Pick<LoginFacts, 'roles' | 'login' | 'written'>): string =>
  roles === 'InPlace' ? written.role : otherLogin(login.owner, written.role);

const begun = (login: LoginRecord, change: Begin): Standing => ({
  kind: 'begin',
  login: { ...login, wish: undefined, diverged: undefined },
  change,
});

type Rollback = Extract<Wish, { kind: 'rollback' }>;

/** Both sides as in that version: its password in the server, all its values in the Secret. */
function goneBack(facts: LoginFacts, from: Credential, { to: number, forced }: Rollback): Standing {
  const { login, versions, keys } = facts;
  const password = versions.find((version) => version.number === number)?.data?.get(keys.password);
  if (password === undefined || password.isEmpty) {
    const reason = `version ${number} has no password that could be gone back to`;
    return { kind: 'in-step', login: notGranted(facts, login, reason) };
  }
  const to = { role: nextRole({ ...facts, written: from }), password };
  return begun(login, { cause: 'rolled-back', from, to, restores: number, forced });
}

const notGranted = ({ now }: LoginFacts, login: LoginRecord, reason: string): LoginRecord => ({
  ...login,
  wish: undefined,
  failed: { time: now, reason, undone: false },
});

/** What the Secret says does not open the server. Which of the two is right depends on who has changed which. */
function outOfStep(facts: LoginFacts): Standing {
  const { login, written, opens } = facts;
  const { wish, diverged } = login;
  if (wish !== undefined) return granted(facts, wish);
  if (diverged !== undefined && !isEditedSince(facts, diverged)) return { kind: 'diverged', login };
  if (isSameCredential(login.current, written)) return changedInServer(facts);
  const why = whyNoWish(facts);
  return why === undefined ? carried(facts, opens) : divergedFor(facts, why);
}

function granted(facts: LoginFacts, wish: Wish): Standing {
  const { login, opens, written, hasAdmin, sentence, fresh } = facts;
  if (opens === undefined && !hasAdmin)
    return divergedFor(
      facts,
      `${sentence}; no password that is known opens it, and no administrator is named`,
    );
  if (facts.isCopy !== undefined && wish.kind !== 'as-written') return divergedFor(facts, facts.isCopy);
  switch (wish.kind) {
    case 'rollback':
      return goneBack(facts, opens ?? written, wish);
    case 'as-written':
      return carried(facts, opens);
    case 'rotate':
      return begun(login, {
        cause: 'asked',
        from: opens,
        to: { role: nextRole({ ...facts, written: opens ?? written }), password: fresh() },
        restores: undefined,
      });
  }
}

/** The server is to have what somebody has written into the Secret. Of a pair the other role gets it: the one in use is left alone. */
function carried({ login, written, roles }: LoginFacts, opens: Credential | undefined): Standing {
  const isOfUse = roles === 'Alternating' && opens?.role === written.role;
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
  roles,
  rotate,
}: LoginFacts): string | undefined {
  const mend = `${rotate} --as-written has the server follow the Secret`;
  if (isRestored)
    return `the Secret was put back from a backup, and the server has another password: ${mend}`;
  if (login.secret !== secret)
    return `the Secret was made anew, and the server has another password: ${mend}`;
  const known = opens ?? login.current;
  if (known === undefined)
    return `the server has another password than the Secret, and nobody knows which: ${mend}`;
  if (opens === undefined && !hasAdmin)
    return `the Secret was changed, and no password that is known opens the server: set it there, or name adminSecretName`;
  const pair = [login.owner, otherLogin(login.owner, login.owner)];
  if (written.role !== known.role && !(roles === 'Alternating' && pair.includes(written.role)))
    return `the Secret names another role than before, ${written.role}, and its password does not open the server: put the role back, or ${mend}`;
  return undefined;
}

/** Nobody has touched the Secret. After a failover or a restore the server has forgotten; else somebody has changed it there. */
function changedInServer(facts: LoginFacts): Standing {
  const { login, opens, server, written, hasAdmin, rotate, sentence } = facts;
  const before = login.server;
  const isAnother =
    before !== undefined &&
    server !== undefined &&
    (before.timeline !== server.timeline || before.system !== server.system);
  if (isAnother && (opens !== undefined || hasAdmin))
    return begun(login, { cause: 'restored', from: opens, to: written, restores: undefined });
  return divergedFor(
    facts,
    `${sentence}, though nobody has changed the Secret: somebody else has changed the role; ${rotate} --as-written puts it back, if nobody else is to manage it`,
  );
}

const divergedFor = ({ login, now, versions }: LoginFacts, reason: string): Standing => {
  const since = login.diverged?.reason === reason ? login.diverged.since : now;
  const diverged = { since, reason, version: versions.at(-1)?.number ?? 0 };
  return { kind: 'diverged', login: { ...login, wish: undefined, diverged } };
};

/** A touch of the Secret that leaves its login is no decision. */
function isEditedSince({ versions, keys }: LoginFacts, { version }: Divergence): boolean {
  const logins = [keys.user, keys.password];
  return versions.some(
    ({ number, keys: changed }) => number > version && changed.some((key) => logins.includes(key)),
  );
}
