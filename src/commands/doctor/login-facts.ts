import type { AdminFacts, Fit, LoginFacts } from '../../engine/credential/diagnosis/login-evidence.ts';
import type { SecretLoginSource } from '../../engine/credential/diagnosis/secret-logins.ts';
import { isPasswordRight, isRefused, type LoginVerdict } from '../../engine/login/login-result.ts';
import { formsOf } from '../../engine/login/password-variants.ts';
import type { Credential } from '../../engine/record/credential.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import type { RoleServer } from '../../engine/server/role-server.ts';
import type { ServerTarget } from '../../engine/server/target.ts';
import { LockstepError } from '../../errors.ts';

/** What is asked of the server. */
export interface LoginDoctorNeeds {
  readonly tryLogin: (target: ServerTarget, credential: Credential) => Promise<LoginVerdict>;
  /** Undefined: no login of an administrator is known. Rejects with a LockstepError. */
  readonly openAdmin: ((target: ServerTarget) => Promise<RoleServer & AsyncDisposable>) | undefined;
}

export interface ExaminedLogin {
  readonly facts: LoginFacts;
  /** Why the administrator could not be asked; undefined where that was not tried, or could be. */
  readonly adminFault: string | undefined;
}

/** Tries a login as an application does; where it is refused, finds out what the server has in its place. */
export async function examineLogin(
  source: SecretLoginSource,
  needs: LoginDoctorNeeds,
): Promise<ExaminedLogin> {
  const { versions, urls: _, ...login } = source;
  const { role, password, target } = login;
  const verdict = await needs.tryLogin(target, { role, password });
  const version = versions.find((one) => one.password.equals(password))?.number;
  const facts: LoginFacts = { ...login, verdict, version, fits: undefined, admin: undefined };
  if (!isRefused(verdict)) return { facts, adminFault: undefined };
  const candidates = candidatesOf(source);
  const asked = await askAdmin(source, candidates, needs);
  // A role that is not there, or has no password, needs no guesses at it.
  const isFutile =
    asked.admin !== undefined && (asked.admin.role === undefined || asked.admin.role.hasPassword === false);
  const fits = asked.isCompared || isFutile ? asked.fits : await guess(source, candidates, needs);
  return { facts: { ...facts, fits, admin: asked.admin }, adminFault: asked.adminFault };
}

interface Candidate {
  readonly password: Sensitive;
  readonly fit: Fit;
}

/** What the server may have, the likeliest first; none twice. */
function candidatesOf({ password, versions, urls }: SecretLoginSource): readonly Candidate[] {
  const forms = formsOf(password).map(({ form, password: spelled }) => ({
    password: spelled,
    fit: { kind: 'form' as const, form },
  }));
  const all: readonly Candidate[] = [
    { password, fit: { kind: 'itself' } },
    ...versions.map(({ number, password: held }) => ({
      password: held,
      fit: { kind: 'version' as const, number },
    })),
    ...urls.map(({ key, number, password: held }) => ({
      password: held,
      // A URL beside a password with a line break has it without: that is what is wrong.
      fit: forms.find((one) => one.password.equals(held))?.fit ?? { kind: 'url' as const, key, number },
    })),
    ...forms,
  ];
  return all.filter((one, index) => all.findIndex((other) => other.password.equals(one.password)) === index);
}

interface Asked {
  readonly admin: AdminFacts | undefined;
  readonly fits: Fit | undefined;
  /** The administrator may compare passwords, so that `fits` is all there is to know. */
  readonly isCompared: boolean;
  readonly adminFault: string | undefined;
}

const NOT_ASKED: Asked = { admin: undefined, fits: undefined, isCompared: false, adminFault: undefined };

async function askAdmin(
  { role, target }: SecretLoginSource,
  candidates: readonly Candidate[],
  { openAdmin }: LoginDoctorNeeds,
): Promise<Asked> {
  if (openAdmin === undefined) return NOT_ASKED;
  try {
    await using server = await openAdmin(target);
    const facts = await server.role(role);
    if (facts === undefined)
      return { ...NOT_ASKED, admin: { role: facts, near: await nearRole(server, role) } };
    const which = await server.whichPassword(
      role,
      candidates.map(({ password }) => password),
    );
    return {
      admin: { role: facts, near: undefined },
      isCompared: which !== 'unknown',
      fits: typeof which === 'number' ? candidates[which]?.fit : undefined,
      adminFault: undefined,
    };
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return { ...NOT_ASKED, adminFault: error.message };
  }
}

/** SQL folds what stands without quotes; a blank comes from a file. */
async function nearRole(server: RoleServer, role: string): Promise<string | undefined> {
  for (const near of new Set([role.trim(), role.toLowerCase(), role.trim().toLowerCase()]))
    if (near !== role && near !== '' && (await server.role(near)) !== undefined) return near;
  return undefined;
}

/** Each is a failed login in the log of the server, and some slow down or shut out who has many. */
const MOST_GUESSES = 10;

/** By logging in, where nobody may look at the verifier. */
async function guess(
  { role, target }: SecretLoginSource,
  candidates: readonly Candidate[],
  { tryLogin }: LoginDoctorNeeds,
): Promise<Fit | undefined> {
  const others = candidates.filter(({ fit }) => fit.kind !== 'itself').slice(0, MOST_GUESSES);
  for (const { password, fit } of others) {
    const verdict = await tryLogin(target, { role, password });
    if (isPasswordRight(verdict)) return fit;
    if (!isRefused(verdict)) return undefined;
  }
  return undefined;
}
