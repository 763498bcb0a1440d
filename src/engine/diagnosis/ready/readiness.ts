/** The effect on a change of the password that begins now. */
export type Effect =
  /** Nothing is changed. */
  | 'does-not-begin'
  /** Server and Secret get the old password back. */
  | 'rolls-back'
  /** Another writer sets the old password again. */
  | 'is-undone'
  /** The change completes, and some logins fail: for a time, or until a person acts. */
  | 'logins-fail';

export type ObstacleCode =
  | 'no-credential'
  /** The controller would refuse the change, or wait with it. */
  | 'refused'
  | 'controller'
  | 'strategy'
  | 'consumer'
  | 'copy'
  | 'git'
  | 'pooler';

/** A reason why the password can't be changed today without a failed login. `reason` is a sentence. */
export interface Obstacle {
  readonly code: ObstacleCode;
  readonly effect: Effect;
  readonly reason: string;
}

/** Whether the password of a login can be changed today without a failed login, and without a rollback. */
export interface Readiness {
  readonly ready: /** The server was asked, and everything was read. */
    | 'yes'
    /** Nothing that was read speaks against it, but not all was read or asked: see `unknown`. */
    | 'likely'
    | 'no';
  readonly obstacles: readonly Obstacle[];
  /** The parts that were not read or asked. A sentence each. */
  readonly unknown: readonly string[];
}

const EFFECTS: readonly Effect[] = ['does-not-begin', 'rolls-back', 'is-undone', 'logins-fail'];

/** One obstacle is enough for `no`. The first one is the one to remove first. */
export function readinessOf(obstacles: readonly Obstacle[], unknown: readonly string[]): Readiness {
  const distinct = [...new Map(obstacles.map((one) => [one.reason, one])).values()];
  const sorted = distinct.sort((a, b) => EFFECTS.indexOf(a.effect) - EFFECTS.indexOf(b.effect));
  const ready = sorted.length > 0 ? 'no' : unknown.length > 0 ? 'likely' : 'yes';
  return { ready, obstacles: sorted, unknown: [...new Set(unknown)] };
}
