import { allowedRoles, roleNotAllowed, withProvenRole } from '../../engine/login/change/allowed-roles.ts';
import { isPasswordCorrect, isRefused, isUnproven } from '../../engine/login/result/login-result.ts';
import type { ServerTarget } from '../../engine/login/server/target.ts';
import { serverKindOf } from '../../engine/login/server-kinds/kinds.ts';
import { type Credential, isSameCredential } from '../../engine/secret/record/credential.ts';
import type { LoginChange } from '../../engine/secret/record/login-record.ts';
import type { ServerScope } from '../ports.ts';
import type { Deps } from '../reconciler-deps.ts';
import type { ServerFailure, ServerResult } from './login-server.ts';
import { loginLabelsOf, type ReconcileInput, tryLogin } from './reconcile-input.ts';
import { RETRY_SHORTLY_MS, refused, type StepOutcome, waitForServer } from './step-outcome.ts';

/** Opens a connection that manages the accounts in the scope. */
export type OpenServer<Server> = (
  target: ServerTarget,
  credential: Credential,
  scope: ServerScope,
) => Promise<Server & AsyncDisposable>;

/**
 * Runs the operation as the administrator, or else as the role itself with the first credential that opens the server.
 */
export async function withServer<Server, T>(
  input: ReconcileInput,
  ownCredentials: readonly (Credential | undefined)[],
  open: OpenServer<Server>,
  operation: (server: Server, by: Credential | 'admin') => Promise<T>,
  deps: Deps<'credentials' | 'emit'>,
): Promise<ServerResult<T>> {
  const { admin, target } = input;
  const logins =
    admin === undefined
      ? distinctCredentials(ownCredentials).map((credential) => ({ credential, target, as: 'self' as const }))
      : [{ ...admin, as: 'admin' as const }];
  const labels = loginLabelsOf(input);
  let reason = 'no known password opens it';
  for (const { credential, target: loginTarget, as } of logins) {
    const loginResult = await tryLogin(input, loginTarget, credential, deps);
    reason = (as === 'admin' ? labels.adminSentence : labels.sentence)(credential.role, loginResult);
    if (isRefused(loginResult)) continue;
    if (loginResult.kind !== 'ok') return { kind: 'unreachable', reason };
    const mayChange = await alterableRoles(input, ownCredentials, deps);
    await using server = await open(loginTarget, credential, { as, mayChange, ...labels });
    const by = as === 'admin' ? 'admin' : credential;
    return { kind: 'did', result: await operation(server, by), by };
  }
  return { kind: 'locked-out', reason };
}

export const connectFailed = (end: ServerFailure): StepOutcome =>
  end.kind === 'locked-out' ? refused(end.reason) : waitForServer(end.reason, RETRY_SHORTLY_MS);

/** `host:port`, the form in which proofs are stored. */
export const serverAddress = ({ host, port }: ServerTarget): string => `${host}:${port}`;

/** Stores that a login as this role has succeeded. `owner` is the role that it may become, or else the role itself. */
export async function recordProof(
  { credential, target }: Pick<ReconcileInput, 'credential' | 'target'>,
  proof: { readonly role: string; readonly owner: string },
  { credentials: { provenRoles } }: Deps<'credentials'>,
): Promise<void> {
  // The object of the login names the allowed roles, so no proof is needed.
  if (credential.spec.allowedRoles !== undefined) return;
  const before = provenRoles.read(credential);
  const proven = withProvenRole(before, serverAddress(target), proof);
  if (proven !== before) await provenRoles.save(credential, proven);
}

/**
 * The roles that the administrator may change. If no proof is left, a login proves its role again. That happens if a
 * user recreates the object of the login in the middle of a change.
 */
async function alterableRoles(
  input: ReconcileInput,
  ownCredentials: readonly (Credential | undefined)[],
  deps: Deps<'credentials' | 'emit'>,
): Promise<readonly string[]> {
  const { admin, credential, target, server } = input;
  if (admin === undefined) return [];
  const { provenRoles } = deps.credentials;
  const allowedNow = () => allowedRoles(credential.spec, provenRoles.read(credential), serverAddress(target));
  if (allowedNow().length > 0) return allowedNow();
  for (const one of distinctCredentials(ownCredentials)) {
    const loginResult = await tryLogin(input, target, one, deps);
    if (!isPasswordCorrect(loginResult) || isUnproven(loginResult)) continue;
    const { role } = one;
    await recordProof(input, { role, owner: await server.ownerOf(input, role) }, deps);
    break;
  }
  return allowedNow();
}

/** The administrator changes only a role that the object of the login allows, or that a login has proven. */
export async function checkAllowedRoles(
  input: ReconcileInput,
  roles: readonly string[],
  { from, to }: LoginChange,
  deps: Deps<'credentials' | 'emit'>,
): Promise<StepOutcome | undefined> {
  if (input.admin === undefined) return undefined;
  const alterable = await alterableRoles(input, [from, to], deps);
  const disallowed = roles.find((role) => !alterable.includes(role));
  if (disallowed === undefined) return undefined;
  const label = loginLabelsOf(input).roleLabel(disallowed);
  return refused(roleNotAllowed(label, serverKindOf(input.credential.spec.keys)));
}

/** Keeps the order, and removes duplicates. */
function distinctCredentials(credentials: readonly (Credential | undefined)[]): readonly Credential[] {
  const unique: Credential[] = [];
  for (const one of credentials)
    if (one !== undefined && !unique.some((other) => isSameCredential(one, other))) unique.push(one);
  return unique;
}
