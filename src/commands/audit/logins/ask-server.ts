import { type ReconcileInput, tryLogin } from '../../../controllers/credential/reconcile-input.ts';
import { withRoleServer } from '../../../controllers/postgres/role-session.ts';
import { knownPasswords } from '../../../controllers/redis/preflight.ts';
import type { Obstacle } from '../../../engine/diagnosis/ready/readiness.ts';
import { newPassword } from '../../../engine/login/change/new-password.ts';
import { MAKES_ROLES } from '../../../engine/login/new-credential/strategy.ts';
import type { RoleFacts } from '../../../engine/login/postgres/role-server.ts';
import { CHANGES_ROLE, strategyOf } from '../../../engine/login/server-kinds/login-roles.ts';
import type { LoginChange } from '../../../engine/secret/record/login-record.ts';
import { askRedis } from '../../login-attempts/ask-redis.ts';
import type { DryRunDeps } from '../../password-change/dry-run-deps.ts';

/** The part that only the server shows. */
export interface AskedServer {
  readonly obstacles: readonly Obstacle[];
  readonly unknown: readonly string[];
  /** The kind of the stored hash. Undefined if no administrator could read it. */
  readonly hash: RoleFacts['verifier'];
  /** The other manager of the role that the server shows: a sentence. */
  readonly manager: string | undefined;
}

/** The same for Redis. */
export async function askRedisAbout(
  input: ReconcileInput,
  change: LoginChange,
  timeout: number,
): Promise<AskedServer> {
  const { secretCredential: credential, target } = input;
  const known = knownPasswords(input, change);
  const { obstacle } = await askRedis({ credential, target, admin: input.admin?.credential, timeout, known });
  const obstacles = obstacle === undefined ? [] : refusal(obstacle).obstacles;
  return { obstacles, unknown: [], hash: undefined, manager: undefined };
}

interface Seen {
  readonly role: RoleFacts | undefined;
  /** The role that gets the new password. */
  readonly next: RoleFacts | undefined;
  /** The administrator itself. */
  readonly own: RoleFacts | undefined;
}

/** Asks what the first step of a change does not: whether the later ones can succeed. Only reads. */
export async function askServerAbout(
  input: ReconcileInput,
  change: LoginChange,
  deps: DryRunDeps,
): Promise<AskedServer> {
  const { from, to } = change;
  const end = await withRoleServer(
    input,
    [from, to],
    async (server): Promise<Seen> => ({
      role: await server.role((from ?? to).role),
      next: await server.role(to.role),
      own: input.admin && (await server.role(input.admin.credential.role)),
    }),
    deps,
  );
  if (end.kind !== 'did')
    return { obstacles: [], unknown: [end.reason], hash: undefined, manager: undefined };
  const { role } = end.result;
  const alternate =
    strategyOf(change) === CHANGES_ROLE ? await alternateForecast(input, change, end.result, deps) : NONE;
  return { ...alternate, hash: role?.verifier, manager: role?.otherManager?.sentence };
}

type Forecast = Pick<AskedServer, 'obstacles' | 'unknown'>;

const NONE: Forecast = { obstacles: [], unknown: [] };

/** Whether the second role can be made, and can log in. */
async function alternateForecast(
  input: ReconcileInput,
  { to }: LoginChange,
  { role, next, own }: Seen,
  deps: DryRunDeps,
): Promise<Forecast> {
  const isMade = next !== undefined;
  const isSuperuser = own?.isSuperuser === true;
  const mayMake = isSuperuser || own?.privileges.some((one) => MAKES_ROLES.includes(one)) === true;
  if (!isMade && !mayMake)
    return refusal('the role of adminSecretName may not create roles, so there is no second role');
  if (!isMade && !isSuperuser && role?.mayAlter !== true)
    return refusal('the role of adminSecretName may not give the role to a second one (ADMIN OPTION)');
  const isLimited = !isSuperuser && (role?.privileges.length ?? 0) > 0;
  const unknown = isLimited
    ? ['whether the administrator may give the second role all rights of the first is not known before']
    : [];
  return (await isShutOut(input, to.role, deps))
    ? shutOut(to.role, isMade, unknown)
    : { obstacles: [], unknown };
}

const refusal = (reason: string): Forecast => ({
  obstacles: [{ code: 'refused', effect: 'does-not-begin', reason }],
  unknown: [],
});

/** The server looks for a line of pg_hba.conf before it asks for a password. */
async function isShutOut(input: ReconcileInput, role: string, deps: DryRunDeps): Promise<boolean> {
  const { permissions, credential, target } = input;
  const password = newPassword(permissions, credential.spec.keys.password, deps.context);
  return (await tryLogin(input, target, { role, password }, deps)).kind === 'pg-hba';
}

/** A line for the members of a role admits the second role only once it exists. */
const shutOut = (role: string, isMade: boolean, unknown: readonly string[]): Forecast =>
  isMade
    ? {
        obstacles: [
          {
            code: 'refused',
            effect: 'rolls-back',
            reason: `pg_hba.conf of the server does not let the second role ${role} in`,
          },
        ],
        unknown,
      }
    : {
        obstacles: [],
        unknown: [
          ...unknown,
          `pg_hba.conf lets the second role ${role} in only if a line names the members of the first`,
        ],
      };
