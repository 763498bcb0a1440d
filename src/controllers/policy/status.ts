import { type SystemConflict, systemConflictsAmong } from '../../engine/policy/match/system-conflicts.ts';
import { type Tie, tiesAmong } from '../../engine/policy/match/ties.ts';
import { type Exception, isExpired, type Policy } from '../../engine/policy/policy.ts';
import { problemText } from '../../engine/policy/schema/problem.ts';
import { type Action, milder } from '../../engine/secret/finding/finding.ts';
import {
  type Condition,
  type ConditionTable,
  conditionsOf,
  conditionsText,
  type DeclaredCondition,
} from '../../engine/secret/kubernetes/conditions.ts';
import type { PolicyState, PolicyStore } from './store.ts';

/** The conditions of a SecretPolicy: type, status, reason, meaning. Any other condition does not compile. */
export const POLICY_CONDITIONS = {
  Ready: {
    True: { Accepted: 'lockstep validates Secrets with this version.' },
    False: { Invalid: 'This version cannot be used; the last valid version stays in effect.' },
  },
  ExceptionsExpired: {
    True: { ExceptionExpired: 'The last day of an exception has passed; it is ignored.' },
  },
  ExceptionsExpiring: {
    True: { ExceptionExpiresSoon: 'The last day of an exception comes within 14 days.' },
  },
  PrecedenceConflict: {
    True: {
      ConflictResolvedByName:
        'Two policies of the same precedence may select the same Secret; the name decides.',
    },
  },
  SystemConflict: {
    True: {
      ConflictResolvedByScheme:
        'Two policies derive one URL for different systems; the scheme of the URL decides.',
    },
  },
} as const satisfies ConditionTable;

type PolicyCondition = DeclaredCondition<typeof POLICY_CONDITIONS>;

export interface PolicyStatus {
  readonly observedGeneration: number;
  /** The reason of the condition that matters most. */
  readonly reason: string;
  /**
   * The action of a key without an action of its own, within the limit of the installation. Null if this version can't
   * be used: which version is in effect depends on the memory of a replica.
   */
  readonly effectiveAction: Action | null;
  readonly conditions: readonly (PolicyCondition & Condition)[];
}

export interface PolicyConflicts {
  readonly ties: readonly Tie[];
  readonly systemConflict: SystemConflict | undefined;
}

/** Finds all conflicts once, and then those of a policy by its name. */
export function conflictsIn(
  store: Pick<PolicyStore, 'policies' | 'states'>,
): (name: string) => PolicyConflicts {
  const ties = tiesAmong(store.policies());
  // A built-in policy gives way to any other, so it is in no conflict.
  const systemConflicts = systemConflictsAmong(store.states().flatMap(({ policy }) => policy ?? []));
  return (name) => ({ ties: ties.get(name) ?? [], systemConflict: systemConflicts.get(name) });
}

export interface StatusContext {
  /** The stored status, whatever it holds. */
  readonly before: unknown;
  readonly now: Date;
  /** The strongest action that the installation allows. */
  readonly maxAction: Action;
}

/**
 * The status follows from the policies and the date alone, never from the memory of this replica. So all replicas
 * agree, and none reverts the write of another.
 */
export function statusOf(
  { stored: { generation }, problems, policy }: PolicyState,
  { ties, systemConflict }: PolicyConflicts,
  { before, now, maxAction }: StatusContext,
): PolicyStatus {
  const conditions = problems.length > 0 ? [invalidCondition(problems.map(problemText))] : [READY];
  if (problems.length === 0 && policy !== undefined)
    conditions.push(
      ...expiredExceptions(policy, now),
      ...tiedPrecedence(policy, ties),
      ...sharedUrl(policy, systemConflict),
      ...expiringExceptions(policy, now),
    );
  return {
    observedGeneration: generation,
    // An invalid policy comes first, and then a condition that a person must fix.
    reason: (conditions[1] ?? conditions[0])?.reason ?? '',
    effectiveAction: problems.length > 0 || policy === undefined ? null : milder(policy.action, maxAction),
    conditions: conditionsOf(conditions, generation, before, now),
  };
}

/** Equal for statuses with the same content. Times don't count. A stored status may hold anything. */
export function contentOf(status: unknown): string {
  const { observedGeneration, reason, effectiveAction, conditions } = (status ?? {}) as Partial<PolicyStatus>;
  return JSON.stringify([observedGeneration, reason, effectiveAction ?? null, conditionsText(conditions)]);
}

const READY: PolicyCondition = {
  type: 'Ready',
  status: 'True',
  reason: 'Accepted',
  message: 'lockstep validates Secrets by this version',
};

const invalidCondition = (faults: readonly string[]): PolicyCondition => ({
  type: 'Ready',
  status: 'False',
  reason: 'Invalid',
  message: `this version can not be used, and the last good one stays in effect: ${faults.join('; ')}`,
});

const exceptionText = ({ namespace, name, reason, until }: Exception): string =>
  `${namespace}/${name} (${reason}) on ${until}`;

/** The time in which a team can still renew an exception, or fix the Secret. */
const EXPIRY_NOTICE_MS = 14 * 24 * 60 * 60 * 1000;

function expiringExceptions({ exceptions }: Policy, now: Date): readonly PolicyCondition[] {
  const soon = new Date(now.getTime() + EXPIRY_NOTICE_MS);
  const ending = exceptions.filter((one) => !isExpired(one, now) && isExpired(one, soon));
  if (ending.length === 0) return [];
  return [
    {
      type: 'ExceptionsExpiring',
      status: 'True',
      reason: 'ExceptionExpiresSoon',
      message: `these exceptions end: ${ending.map(exceptionText).join('; ')}. Renew them, or fix the Secrets`,
    },
  ];
}

function expiredExceptions({ exceptions }: Policy, now: Date): readonly PolicyCondition[] {
  const ended = exceptions.filter((exception) => isExpired(exception, now));
  if (ended.length === 0) return [];
  const list = ended.map(exceptionText);
  return [
    {
      type: 'ExceptionsExpired',
      status: 'True',
      reason: 'ExceptionExpired',
      message: `ignored, because they have expired: ${list.join('; ')}. Renew or remove them`,
    },
  ];
}

function tiedPrecedence({ name }: Policy, ties: readonly Tie[]): readonly PolicyCondition[] {
  if (ties.length === 0) return [];
  const list = ties.map(({ winner, loser, key }) =>
    winner === name ? `decides ${key} before ${loser}` : `leaves ${key} to ${winner}`,
  );
  return [
    {
      type: 'PrecedenceConflict',
      status: 'True',
      reason: 'ConflictResolvedByName',
      message: `another policy of the same precedence may select the same Secret: ${list.join('; ')}. Give one of them another spec.precedence`,
    },
  ];
}

function sharedUrl({ name }: Policy, conflict: SystemConflict | undefined): readonly PolicyCondition[] {
  if (conflict === undefined) return [];
  const { key, first, second } = conflict;
  const [own, other] = first.name === name ? [first, second] : [second, first];
  return [
    {
      type: 'SystemConflict',
      status: 'True',
      reason: 'ConflictResolvedByScheme',
      message: `${key} is derived here for ${own.system}, and in ${other.name} for ${other.system}: the scheme of the URL decides, and ${first.name} where there is no URL`,
    },
  ];
}
