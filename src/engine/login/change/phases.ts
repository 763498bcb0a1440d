import type { Credential } from '../../secret/record/credential.ts';
import {
  followsSecret,
  type LoginChange,
  type LoginRecord,
  type Phase,
} from '../../secret/record/login-record.ts';

/**
 *     in place      apply ── verify ── publish ── rollout ── finalize
 *                        └── rollback-apply ── rollback-verify ── rollback-publish ── rollback-rollout
 *     overlapping   apply ── verify ── publish ── rollout ── drain ── finalize
 *                        └── rollback-verify ── rollback-publish ── rollback-rollout ── rollback-drain ── rollback-apply
 *
 * If the new password replaces the old one in place, consumers can't log in from the end of `apply` to the end of
 * `publish`. If the two overlap, the login that was in use works until `finalize`, so a rollback begins with the
 * Secret.
 *
 * After a crash the next leader continues with the phase in the record. Four files make that safe:
 * - controllers/credential/reconciler.ts: the record has a phase before it begins.
 * - controllers/credential/login-server.ts: each step can run twice.
 * - postgres/roles/set-password.ts: a mark in the server shows that the password was set.
 * - controllers/secret-session/execute.ts: one write of the Secret.
 *
 * docs/concepts/crash-safety.md has the rules.
 */
const PHASE_ORDER = {
  inPlace: {
    on: ['preflight', 'apply', 'verify', 'publish', 'rollout', 'finalize'],
    back: ['rollback-apply', 'rollback-verify', 'rollback-publish', 'rollback-rollout'],
  },
  overlapping: {
    on: ['preflight', 'apply', 'verify', 'publish', 'rollout', 'drain', 'finalize'],
    back: ['rollback-verify', 'rollback-publish', 'rollback-rollout', 'rollback-drain', 'rollback-apply'],
  },
} as const satisfies Record<string, Readonly<Record<'on' | 'back', readonly Phase[]>>>;

type Logins = Pick<LoginChange, 'from' | 'to' | 'overlaps'>;

/** The login from before stays valid next to the new one until it is retired. */
export const isOverlapping = ({ from, to, overlaps }: Logins): boolean =>
  from !== undefined && (overlaps === true || from.role !== to.role);

const phaseOrderOf = (change: Logins): { readonly on: readonly Phase[]; readonly back: readonly Phase[] } =>
  PHASE_ORDER[isOverlapping(change) ? 'overlapping' : 'inPlace'];

export type StepResult =
  | { readonly kind: 'done' }
  /** lockstep has created the second login. The phase runs again when the record has its identity. */
  | { readonly kind: 'made'; readonly alternate: NonNullable<LoginRecord['alternate']> }
  /** The phase can't succeed, so the change rolls back. `reason` is a sentence. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** Nothing has changed yet, and nothing will. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Another user changes the same role, or the state is unknown. lockstep does nothing more. */
  | { readonly kind: 'diverged'; readonly reason: string }
  /**
   * The Secret has another login now. The server keeps its password, and the login is evaluated again. `readers`: see
   * `credentialsAfterAbort`.
   */
  | { readonly kind: 'overtaken'; readonly readers?: 'from' | 'to' };

/** `version` is the last version of the Secret. */
export interface ChangeMoment {
  readonly now: Date;
  readonly version: number;
}

/** The record after a phase with that result. */
export function recordAfterStep(
  login: LoginRecord,
  change: LoginChange,
  result: StepResult,
  moment: ChangeMoment,
): LoginRecord {
  switch (result.kind) {
    case 'done':
      return advance(login, change, moment);
    case 'made':
      return { ...login, alternate: result.alternate };
    case 'failed':
      return rollBack(login, change, result.reason, moment);
    case 'refused':
      return followsSecret(change.cause) && change.from !== undefined
        ? enterPhase(login, { ...change, fault: result.reason }, 'rollback-publish', moment)
        : endChange(login, { failed: { time: moment.now, reason: result.reason, undone: false } });
    case 'diverged':
      return divergedRecord(login, change, result.reason, moment);
    case 'overtaken':
      return endChange(login, credentialsAfterAbort(login, change, result.readers));
  }
}

function advance(login: LoginRecord, change: LoginChange, moment: ChangeMoment): LoginRecord {
  const next = nextPhase(change);
  if (next !== undefined) return enterPhase(login, change, next, moment);
  const { from, to, fault } = change;
  if (fault !== undefined)
    return endChange(login, { current: from, failed: { time: moment.now, reason: fault, undone: true } });
  return endChange(login, {
    current: to,
    previous: changesLogin(login.current, to) ? (from ?? login.current) : login.previous,
    rotated: moment.now,
    failed: undefined,
  });
}

const changesLogin = (before: Credential | undefined, after: Credential): boolean =>
  before === undefined || before.role !== after.role || !before.password.equals(after.password);

function rollBack(
  login: LoginRecord,
  change: LoginChange,
  reason: string,
  moment: ChangeMoment,
): LoginRecord {
  const [first] = phaseOrderOf(change).back;
  const isRollingBack = change.fault !== undefined;
  if (isRollingBack || change.from === undefined || first === undefined)
    return divergedRecord(login, change, reason, moment);
  return enterPhase(login, { ...change, fault: reason }, first, moment);
}

/** Both logins stay known, because the server may have either. */
function divergedRecord(
  login: LoginRecord,
  { phase, from, to }: LoginChange,
  reason: string,
  moment: ChangeMoment,
): LoginRecord {
  // The server has the password from before, or has it again. In an overlapping change, the earlier login was never
  // changed.
  const isAsBefore = ['preflight', 'rollback-verify', 'rollback-publish', 'rollback-rollout'].includes(phase);
  const known = isAsBefore
    ? { current: from ?? login.current, previous: to }
    : { current: to, previous: from ?? login.previous };
  return endChange(login, { ...known, diverged: { since: moment.now, reason, version: moment.version } });
}

/**
 * The logins that are known after a change is given up. `current` is the login to keep. The next change gives a new
 * password to the other role of a pair, or to this one if there is no pair. `readers` is the one of two overlapping
 * logins that the consumers work with.
 */
function credentialsAfterAbort(
  { current, previous }: LoginRecord,
  change: LoginChange,
  readers?: 'from' | 'to',
): Pick<LoginRecord, 'current' | 'previous'> {
  const { phase, from, to, fault } = change;
  if (phase === 'preflight') return { current: from ?? current, previous };
  const keepsFrom =
    fault !== undefined || (isOverlapping(change) && (readers ?? readersIn(phase)) === 'from');
  return keepsFrom && from !== undefined
    ? { current: from, previous: to }
    : { current: to, previous: from ?? previous };
}

/** Until all consumers are restarted, most of them use the login from before. */
const readersIn = (phase: Phase): 'from' | 'to' =>
  phase === 'drain' || phase === 'finalize' ? 'to' : 'from';

/** Undefined after the last phase. */
function nextPhase(change: LoginChange): Phase | undefined {
  const steps = phasesOf(change);
  return steps[steps.indexOf(change.phase) + 1];
}

/**
 * All phases of the change, from the start or from the point where it rolls back. A refused edit rolls back before the
 * Secret is written.
 */
export function phasesOf(change: Logins & Pick<LoginChange, 'phase'>): readonly Phase[] {
  const { on, back } = phaseOrderOf(change);
  return on.includes(change.phase) ? on : back;
}

const enterPhase = (
  login: LoginRecord,
  change: LoginChange,
  phase: Phase,
  { now }: ChangeMoment,
): LoginRecord => ({
  ...login,
  change: { ...change, phase, entered: now },
});

const endChange = (login: LoginRecord, rest: Partial<LoginRecord>): LoginRecord => ({
  ...login,
  change: undefined,
  ...rest,
});

/** The phases in which a login that is replaced in place may not open the server. They run without a pause. */
const CRITICAL_PHASES: ReadonlySet<Phase> = new Set([
  'apply',
  'verify',
  'publish',
  'rollback-apply',
  'rollback-verify',
  'rollback-publish',
]);

export const isCriticalSection = ({ phase }: Pick<LoginChange, 'phase'>): boolean =>
  CRITICAL_PHASES.has(phase);
