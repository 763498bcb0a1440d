import type { ObservedServer } from '../../engine/login/change/login-observation.ts';
import type { RoleFault } from '../../engine/login/change/role-fault.ts';
import type { UserServer } from '../../engine/login/redis/user-server.ts';
import type { LoginChange } from '../../engine/secret/record/login-record.ts';
import { LockstepError } from '../../errors/errors.ts';
import { passwordSet } from '../credential/events.ts';
import type { LoginServer, ServerErrorKind, ServerFailure } from '../credential/login-server.ts';
import { connectFailed, withServer } from '../credential/open-server.ts';
import { type ReconcileInput, stepIsCurrent } from '../credential/reconcile-input.ts';
import { DONE, failed, refused, type StepOutcome } from '../credential/step-outcome.ts';
import { identityOf } from '../domain-event.ts';
import type { Deps } from '../reconciler-deps.ts';
import { knownPasswords, preflight, severalServers } from './preflight.ts';

export type RedisDeps = Deps<'redis' | 'credentials' | 'records' | 'emit'>;

/** A Redis server, on which a user has the next password next to the old one. */
export const redisServer = (deps: RedisDeps): LoginServer<ReconcileInput> => ({
  keepsBoth: true,
  tryLogin: deps.redis.tryLogin,
  observe: (input, working) =>
    withServer(input, [working], deps.redis.openServer, (server) => observe(server, input), deps),
  ownerOf: async (_, role) => role,
  preflight: (input, change) => preflight(input, change, deps),
  setPassword: async (input, change) => {
    const { from, to } = change;
    const others = from === undefined ? 'all others' : knownPasswords(input, change);
    return changeUser(input, change, [from, to], { role: to.role, keep: to.password, remove: others }, deps);
  },
  undo: async (input, change) => {
    const { from, to } = change;
    if (from === undefined || from.role !== to.role) return DONE;
    const back = { role: from.role, keep: from.password, remove: [to.password] };
    return changeUser(input, change, [to, from], back, deps, failed);
  },
  // A session does not show by which of its passwords it began.
  sessions: async () => ({ kind: 'did', result: undefined, by: 'admin' }),
  retire: async (input, change) => {
    const { from, to } = change;
    if (from === undefined || from.role !== to.role) return DONE;
    const remove = [from.password, ...knownPasswords(input, change)];
    // Only cleanup is left, so the change counts as done.
    return changeUser(input, change, [to], { role: to.role, keep: to.password, remove }, deps, () => DONE);
  },
  errorKind: ({ code }) => ERROR_KINDS[code],
});

const ERROR_KINDS: Partial<Readonly<Record<LockstepError['code'], ServerErrorKind>>> = {
  LOCKSTEP_REDIS_REFUSED: 'refused',
  LOCKSTEP_REDIS_CONCURRENT_CHANGE: 'busy',
  LOCKSTEP_REDIS_CONNECTION_FAILURE: 'away',
};

/** The server makes the change as a whole, and a second time it changes nothing. Saving it again does no harm. */
async function changeUser(
  input: ReconcileInput,
  change: LoginChange,
  logins: Parameters<typeof withServer>[1],
  { role, ...passwords }: Parameters<UserServer['changePasswords']>[1] & { readonly role: string },
  deps: RedisDeps,
  lockedOut: (reason: string) => StepOutcome = refused,
): Promise<StepOutcome> {
  const isStepCurrent = stepIsCurrent(input, change, deps);
  const end = await withServer(
    input,
    logins,
    deps.redis.openServer,
    async (server) => {
      if (!(await isStepCurrent())) throw new LockstepError('CLUSTER_CONFLICT', ['changing the password']);
      await server.changePasswords(role, passwords);
      deps.emit(passwordSet(input, change));
      // The preflight has refused an ACL file of another manager.
      if ((await server.save()) !== 'saved')
        deps.emit({ kind: 'password-not-saved', secret: identityOf(input.observed), id: change.id });
      return DONE;
    },
    deps,
  );
  if (end.kind === 'did') return end.result;
  return end.kind === 'locked-out' ? lockedOut(end.reason) : connectFailed(end satisfies ServerFailure);
}

async function observe(server: UserServer, { secretCredential }: ReconcileInput): Promise<ObservedServer> {
  const facts = await server.facts();
  const roleFault = await userFault(server, secretCredential.role);
  const warning = severalServers(facts);
  return { system: facts.runId, timeline: undefined, memberOf: [], roleFault, warning };
}

async function userFault(server: UserServer, name: string): Promise<RoleFault | undefined> {
  const user = await server.user(name, []);
  if (user === 'hidden') return undefined;
  if (user === undefined) return { kind: 'absent', text: 'the server has no such user' };
  if (!user.isOn) return { kind: 'no-login', text: 'the user is off' };
  if (user.isOpen || user.others > 0) return undefined;
  return { kind: 'no-password', text: 'the user has no password on the server' };
}
