import type { Credential } from '../../record/credential.ts';
import type { LoginChange, LoginRecord, Phase } from '../../record/login-record.ts';
import type { Strategy } from '../spec/compile.ts';

/**
 *     SingleUser         apply ── verify ── publish ── rollout ── finalize
 *                             └── rollback-apply ── rollback-verify ── rollback-publish ── rollback-rollout
 *     AlternatingUsers   apply ── verify ── publish ── rollout ── drain ── finalize
 *                             └── rollback-verify ── rollback-publish ── rollback-rollout ── rollback-drain ── rollback-apply
 *
 * From the COMMIT of `apply` to the end of `publish` a role that is changed in place lets nobody in who reads the Secret. Of a pair the role that was
 * in use works until `finalize`, so its undoing begins with the Secret.
 */
const PHASE_ORDER: Readonly<Record<Strategy, Readonly<Record<'on' | 'back', readonly Phase[]>>>> = {
  SingleUser: {
    on: ['preflight', 'apply', 'verify', 'publish', 'rollout', 'finalize'],
    back: ['rollback-apply', 'rollback-verify', 'rollback-publish', 'rollback-rollout'],
  },
  AlternatingUsers: {
    on: ['preflight', 'apply', 'verify', 'publish', 'rollout', 'drain', 'finalize'],
    back: ['rollback-verify', 'rollback-publish', 'rollback-rollout', 'rollback-drain', 'rollback-apply'],
  },
};

/** A change of the password of one role is one in place, whatever its PostgresCredential says by now. */
export const strategyOf = ({ from, to }: Pick<LoginChange, 'from' | 'to'>): Strategy =>
  from === undefined || from.role === to.role ? 'SingleUser' : 'AlternatingUsers';

/** What became of a step that was taken. */
export type StepResult =
  | { readonly kind: 'done' }
  /** The second login of a pair is there. The step is taken once more, when the record has it. */
  | { readonly kind: 'made'; readonly alternate: { readonly role: string; readonly oid: string } }
  /** It can't be done: what was done before is undone. `reason` is a sentence. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** Nothing has been changed yet, and nothing will be. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Somebody else is at it, or nobody knows: nothing more is done. */
  | { readonly kind: 'diverged'; readonly reason: string }
  /** The Secret says something else by now: the server keeps what it has, and that is looked at anew. `readers`: see `knownAfter`. */
  | { readonly kind: 'overtaken'; readonly readers?: 'from' | 'to' };

/** `version`: the last one of the Secret. */
export interface ChangeMoment {
  readonly now: Date;
  readonly version: number;
}

/** The record once a step of its change has ended so. */
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
      return change.cause === 'edited' && change.from !== undefined
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
  const [first] = PHASE_ORDER[strategyOf(change)].back;
  const isRollingBack = change.fault !== undefined;
  if (isRollingBack || change.from === undefined || first === undefined)
    return divergedRecord(login, change, reason, moment);
  return enterPhase(login, { ...change, fault: reason }, first, moment);
}

/** What the server may have by now stays known, whichever of the two it is. */
function divergedRecord(
  login: LoginRecord,
  { phase, from, to }: LoginChange,
  reason: string,
  moment: ChangeMoment,
): LoginRecord {
  // Not altered yet, or altered back: of a pair the one from before was never touched.
  const isAsBefore = ['preflight', 'rollback-verify', 'rollback-publish', 'rollback-rollout'].includes(phase);
  const known = isAsBefore
    ? { current: from ?? login.current, previous: to }
    : { current: to, previous: from ?? login.previous };
  return endChange(login, { ...known, diverged: { since: moment.now, reason, version: moment.version } });
}

/**
 * The state of the server that is known when a change is given up. `current` is the login that is kept: the next change gives its password to the other one of a pair, or to this
 * one where there is no pair. `readers`: the side of a pair that those that read the Secret work with.
 */
function credentialsAfterAbort(
  { current, previous }: LoginRecord,
  change: LoginChange,
  readers?: 'from' | 'to',
): Pick<LoginRecord, 'current' | 'previous'> {
  const { phase, from, to, fault } = change;
  if (phase === 'preflight') return { current: from ?? current, previous };
  const isPair = strategyOf(change) === 'AlternatingUsers';
  const keepsFrom = fault !== undefined || (isPair && (readers ?? readersIn(phase)) === 'from');
  return keepsFrom && from !== undefined
    ? { current: from, previous: to }
    : { current: to, previous: from ?? previous };
}

/** Until all were restarted most of them work with the login from before. */
const readersIn = (phase: Phase): 'from' | 'to' =>
  phase === 'drain' || phase === 'finalize' ? 'to' : 'from';

/** Undefined: it was the last. */
function nextPhase(change: LoginChange): Phase | undefined {
  const steps = phasesOf(change);
  return steps[steps.indexOf(change.phase) + 1];
}

/** All of the way that a change is on, from its beginning, or from where it turned back. An edit that was refused turns back where the Secret is to. */
export function phasesOf(change: Pick<LoginChange, 'from' | 'to' | 'phase'>): readonly Phase[] {
  const { on, back } = PHASE_ORDER[strategyOf(change)];
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

/** Those in which a role that is changed in place may let nobody in: gone through without a pause. */
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
