/** Same as metav1.Condition. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

type ConditionStatus = Condition['status'];

/** The conditions of one kind, by type, status and reason, each with a one-line meaning. */
export type ConditionTable = Readonly<
  Record<string, { readonly [status in ConditionStatus]?: Readonly<Record<string, string>> }>
>;

export type DeclaredCondition<Table extends ConditionTable> = {
  [Type in keyof Table & string]: {
    [S in keyof Table[Type] & ConditionStatus]: {
      readonly type: Type;
      readonly status: S;
      readonly reason: keyof Table[Type][S] & string;
      /** The reason as a sentence for people: the fault, and its fix. */
      readonly message: string;
    };
  }[keyof Table[Type] & ConditionStatus];
}[keyof Table & string];

/** A condition without its times and generation. */
type ConditionInput = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** The limit in the CRDs. */
const MAX_MESSAGE_LENGTH = 32_768;

/** The conditions of one generation of an object. `before` is its stored status, of any shape. */
export function conditionsOf<One extends ConditionInput>(
  inputs: readonly One[],
  generation: number,
  before: unknown,
  now: Date,
): readonly (One & Condition)[] {
  return inputs.map((one) => ({
    ...one,
    message: truncated(one.message),
    observedGeneration: generation,
    lastTransitionTime: transitionOf(one, before) ?? toKubernetesTime(now),
  }));
}

/** Equal for conditions that say the same, in any order and since any time. `conditions` may have any shape. */
export function conditionsText(conditions: unknown): string {
  const each = (Array.isArray(conditions) ? conditions : []).map((one: Partial<Condition> | null) =>
    JSON.stringify([one?.type, one?.status, one?.observedGeneration, one?.reason, one?.message]),
  );
  return JSON.stringify(each.sort());
}

/** The time format of the API server. */
export const toKubernetesTime = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;

const truncated = (message: string): string =>
  message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH - 3)}...`;

/** The start of the present status. A new message alone is no transition. */
function transitionOf({ type, status }: ConditionInput, before: unknown): string | undefined {
  const { conditions } = (before ?? {}) as { readonly conditions?: unknown };
  if (!Array.isArray(conditions)) return undefined;
  const last = conditions.find(
    (one: Partial<Condition> | null) => one?.type === type && one.status === status,
  );
  return typeof last?.lastTransitionTime === 'string' ? last.lastTransitionTime : undefined;
}
