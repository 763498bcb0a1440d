import type {
  AdminFacts,
  LoginEvidence,
  MatchedCredential,
} from '../../engine/diagnosis/secret-checks/login-evidence.ts';
import type { SecretLoginSource } from '../../engine/diagnosis/secret-checks/secret-logins.ts';
import type { RoleServer } from '../../engine/login/postgres/role-server.ts';
import { isPasswordCorrect, isRefused, type LoginResult } from '../../engine/login/result/login-result.ts';
import { passwordVariantsOf } from '../../engine/login/result/password-variants.ts';
import type { ServerTarget } from '../../engine/login/server/target.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import { versionHeldAgain } from '../../engine/secret/record/earlier-versions.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors/errors.ts';

/** The ports of the server. */
export interface LoginExaminationNeeds {
  readonly tryLogin: (target: ServerTarget, credential: Credential) => Promise<LoginResult>;
  /** Undefined if no login of an administrator is known. Rejects with a LockstepError. */
  readonly openAdmin: OpenAdmin | undefined;
}

export type OpenAdmin = (target: ServerTarget) => Promise<AdminServer & AsyncDisposable>;

/** The questions to an administrator about an account. */
export interface AdminServer extends Pick<RoleServer, 'matchPassword'> {
  readonly role: (name: string) => Promise<AdminFacts['role']>;
}

export interface ExaminedLogin {
  readonly facts: LoginEvidence;
  /** The known login that the server accepts instead. */
  readonly workingCredential: Credential | undefined;
  /** The reason why the administrator could not be asked. Undefined if it could be, or was not tried. */
  readonly adminFault: string | undefined;
}

/** Tries a login as an application does. If the server refuses it, finds out which password the server has. */
export async function examineLogin(
  source: SecretLoginSource,
  needs: LoginExaminationNeeds,
): Promise<ExaminedLogin> {
  const { versions, urls: _, others, ...login } = source;
  const { role, password, target } = login;
  const loginResult = await needs.tryLogin(target, { role, password });
  const facts: LoginEvidence = {
    ...login,
    result: loginResult,
    managed: undefined,
    versionAgain: versionHeldAgain(versions.toReversed(), (one) => one.password.equals(password)),
    matchedCredential: undefined,
    admin: undefined,
  };
  if (!isRefused(loginResult)) return { facts, workingCredential: undefined, adminFault: undefined };
  const candidates = candidatesOf(source);
  const answer = await askAdmin(source, candidates, needs);
  // A role that is missing or has no password makes guesses pointless.
  const isPointless =
    answer.admin !== undefined &&
    (answer.admin.role === undefined || answer.admin.role.hasPassword === false);
  const fits =
    answer.isCompared || isPointless ? answer.match : await findMatchByLogin(source, candidates, needs);
  return {
    facts: { ...facts, matchedCredential: fits, admin: answer.admin },
    workingCredential: credentialOf(source, fits) ?? (await firstAccepted(target, others, needs)),
    adminFault: answer.adminFault,
  };
}

/** The controller knows the passwords of versions and URLs, but not the other forms of a password. */
function credentialOf(
  { role, versions, urls }: SecretLoginSource,
  match: MatchedCredential | undefined,
): Credential | undefined {
  if (match?.kind !== 'version' && match?.kind !== 'url') return undefined;
  const found =
    match.kind === 'version'
      ? versions.find(({ number }) => number === match.number)
      : urls.find(({ key, number }) => key === match.key && number === match.number);
  return found && { role, password: found.password };
}

async function firstAccepted(
  target: ServerTarget,
  credentials: readonly Credential[],
  { tryLogin }: LoginExaminationNeeds,
): Promise<Credential | undefined> {
  for (const credential of credentials)
    if (isPasswordCorrect(await tryLogin(target, credential))) return credential;
  return undefined;
}

interface PasswordCandidate {
  readonly password: Sensitive;
  readonly fit: MatchedCredential;
}

/** The candidates for the server's password, the likeliest first, without duplicates. */
function candidatesOf({ password, versions, urls }: SecretLoginSource): readonly PasswordCandidate[] {
  const variants = passwordVariantsOf(password).map(({ variant, password: value }) => ({
    password: value,
    fit: { kind: 'form' as const, form: variant },
  }));
  const all: readonly PasswordCandidate[] = [
    { password, fit: { kind: 'itself' } },
    ...versions.map(({ number, password: value }) => ({
      password: value,
      fit: { kind: 'version' as const, number },
    })),
    ...urls.map(({ key, number, password: value }) => ({
      password: value,
      // A password may contain a line break that the URL lacks. That difference is the fault.
      fit: variants.find((one) => one.password.equals(value))?.fit ?? { kind: 'url' as const, key, number },
    })),
    ...variants,
  ];
  return all.filter((one, index) => all.findIndex((other) => other.password.equals(one.password)) === index);
}

interface AdminAnswer {
  readonly admin: AdminFacts | undefined;
  readonly match: MatchedCredential | undefined;
  /** The administrator may compare passwords, so `match` is complete. */
  readonly isCompared: boolean;
  readonly adminFault: string | undefined;
}

const NO_ADMIN_ANSWER: AdminAnswer = {
  admin: undefined,
  match: undefined,
  isCompared: false,
  adminFault: undefined,
};

async function askAdmin(
  { role, target }: SecretLoginSource,
  candidates: readonly PasswordCandidate[],
  { openAdmin }: LoginExaminationNeeds,
): Promise<AdminAnswer> {
  if (openAdmin === undefined) return NO_ADMIN_ANSWER;
  try {
    await using server = await openAdmin(target);
    const facts = await server.role(role);
    if (facts === undefined)
      return { ...NO_ADMIN_ANSWER, admin: { role: facts, nearestRole: await similarRole(server, role) } };
    const matchIndex = await server.matchPassword(
      role,
      candidates.map(({ password }) => password),
    );
    return {
      admin: { role: facts, nearestRole: undefined },
      isCompared: matchIndex !== 'unknown',
      match: typeof matchIndex === 'number' ? candidates[matchIndex]?.fit : undefined,
      adminFault: undefined,
    };
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return { ...NO_ADMIN_ANSWER, adminFault: error.message };
  }
}

/** SQL folds a name without quotes. A blank may come from a file. */
async function similarRole(server: AdminServer, role: string): Promise<string | undefined> {
  for (const similar of new Set([role.trim(), role.toLowerCase(), role.trim().toLowerCase()]))
    if (similar !== role && similar !== '' && (await server.role(similar)) !== undefined) return similar;
  return undefined;
}

/** Each guess is a failed login in the log of the server. Some servers slow down or shut out a client with many. */
const MAX_GUESSES = 10;

/** Finds the password by logins if no administrator may read the verifier. */
async function findMatchByLogin(
  { role, target }: SecretLoginSource,
  candidates: readonly PasswordCandidate[],
  { tryLogin }: LoginExaminationNeeds,
): Promise<MatchedCredential | undefined> {
  const candidatesToTry = candidates.filter(({ fit }) => fit.kind !== 'itself').slice(0, MAX_GUESSES);
  for (const { password, fit } of candidatesToTry) {
    const loginResult = await tryLogin(target, { role, password });
    if (isPasswordCorrect(loginResult)) return fit;
    if (!isRefused(loginResult)) return undefined;
  }
  return undefined;
}
