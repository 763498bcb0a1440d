import { isPasswordRight, isRefused, isUnproven } from '../../login/login-result.ts';
import { type Credential, isSameCredential } from '../../record/credential.ts';
import type { LoginRecord } from '../../record/login-record.ts';
import type { Strategy } from '../spec/compile.ts';
import { otherLogin, ownerOf } from './alternate-role.ts';
import { begun, goneBack, nextRole, notGranted } from './begin-change.ts';
import type { FoundServer, LoginFacts, Standing } from './login-observation.ts';
import { outOfStep } from './password-mismatch.ts';

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
  if (facts.isCopy !== undefined && wish !== undefined && wish.kind !== 'from-secret')
    return { kind: 'in-step', login: notGranted(facts, login, facts.isCopy) };
  if (wish?.kind === 'rollback') return goneBack({ ...facts, login }, facts.written, wish);
  if (wish?.kind === 'rotate' || (facts.isDue && isOpen)) {
    const to = { role: nextRole({ ...facts, login }), password: facts.fresh() };
    const cause = wish === undefined ? 'schedule' : 'requested';
    return begun(login, { cause, from: facts.written, to, restores: undefined });
  }
  return { kind: 'in-step', login: wish === undefined ? login : { ...login, wish: undefined } };
}

/** The same object where nothing is new. */
function agreed({ login, written, secret, at, server, strategy, verdict }: LoginFacts): LoginRecord {
  const isNew = !isSameCredential(login.current, written);
  const found = server ?? login.server;
  const owner = ownerAfter(login, written, server, strategy);
  const auth = verdict.kind === 'ok' && verdict.by === undefined ? 'scram-sha-256' : login.auth;
  const isSame =
    !isNew &&
    login.secret === secret &&
    login.owner === owner &&
    login.at === at &&
    login.auth === auth &&
    login.diverged === undefined &&
    login.server?.system === found?.system &&
    login.server?.timeline === found?.timeline;
  if (isSame) return login;
  return {
    ...login,
    secret,
    owner,
    at,
    auth,
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
  strategy: Strategy,
): string {
  if (strategy === 'SingleUser') return role;
  if (server === undefined) return role === owner || role === otherLogin(owner, owner) ? owner : role;
  return ownerOf(role, server.memberOf);
}
