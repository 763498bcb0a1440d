import type { StepEnd } from '../../engine/credential/change/phases.ts';
import type { WaitReason } from '../../engine/credential/status/wait-reason.ts';
import type { LoginChange } from '../../engine/record/login-record.ts';
import type { KnownAlternate, RoleFacts } from '../../engine/server/role-server.ts';
import { loginOf, type Scene, type ServerEnd } from './reconcile-input.ts';

/** A step that is to be tried again. */
export interface Wait {
  readonly kind: 'wait';
  readonly for: WaitReason;
  /** Milliseconds. */
  readonly after: number;
  /** Meanwhile those that read the Secret are brought to it. */
  readonly brings?: boolean;
}

export type Taken = StepEnd | Wait;

export const DONE: StepEnd = { kind: 'done' };

/** Of what can be tried again at once, since somebody else was first. Milliseconds. */
export const SOON = 200;
/** While nobody may get in, or nobody is hindered. Milliseconds. */
export const SHORTLY = 1000;
export const LATER = 5000;

/** The mark that tells lockstep's second login from one of another person. */
export function knownAlternate(
  scene: Pick<Scene, 'book' | 'held' | 'written'>,
  change: LoginChange,
): KnownAlternate {
  return { oid: oidOf(scene, change.to.role), mark: `made-${change.id}` };
}

/** The oid of a second login that lockstep has made. */
export function oidOf(scene: Pick<Scene, 'book' | 'held' | 'written'>, role: string): string | undefined {
  const { alternate } = loginOf(scene);
  return alternate?.role === role ? alternate.oid : undefined;
}

export const cameNotIn = (end: Exclude<ServerEnd<unknown>, { kind: 'did' }>): Taken =>
  end.kind === 'locked-out' ? { kind: 'refused', reason: end.reason } : waitForServer(end.reason, SHORTLY);

/** `after`: milliseconds. */
export const waitForServer = (message: string, after: number): Wait => ({
  kind: 'wait',
  for: { kind: 'server', message },
  after,
});

/** Somebody's edit is not held up by those that have to be restarted for it. */
export function sessionsLeft(
  { sessions = 0 }: RoleFacts,
  { cause, to }: Pick<LoginChange, 'cause' | 'to'>,
): Taken | undefined {
  if (sessions === 0 || cause === 'edited') return undefined;
  const count = sessions === 1 ? 'one session' : `${sessions} sessions`;
  return {
    kind: 'refused',
    reason: `the role ${to.role} still has ${count}, and a role with sessions is not altered`,
  };
}
