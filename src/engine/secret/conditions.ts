/** As metav1.Condition. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

type ConditionStatus = Condition['status'];

/** The conditions of one kind: by type, status and reason, each with its meaning in one line. */
export type ConditionTable = Readonly<
  Record<string, { readonly [status in ConditionStatus]?: Readonly<Record<string, string>> }>
>;

/** One condition that the table declares. */
export type DeclaredCondition<Table extends ConditionTable> = {
  [Type in keyof Table & string]: {
    [S in keyof Table[Type] & ConditionStatus]: {
      readonly type: Type;
      readonly status: S;
      readonly reason: keyof Table[Type][S] & string;
      /** The same for people: what is wrong, and what to do. */
      readonly message: string;
    };
  }[keyof Table[Type] & ConditionStatus];
}[keyof Table & string];

/** What is said, without since when. */
type ConditionInput = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** As the CRDs bound it. */
const MAX_MESSAGE_LENGTH = 32_768;

/** What is said of one generation of an object. `before`: its status as it is stored, whatever it holds. */
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

/** As the API server writes times. */
export const toKubernetesTime = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;

const truncated = (message: string): string =>
  message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH - 3)}...`;

/** Since when it has been so: a new message alone is no transition. */
function transitionOf({ type, status }: ConditionInput, before: unknown): string | undefined {
  const { conditions } = (before ?? {}) as { readonly conditions?: unknown };
  if (!Array.isArray(conditions)) return undefined;
  const last = conditions.find(
    (one: Partial<Condition> | null) => one?.type === type && one.status === status,
  );
  return typeof last?.lastTransitionTime === 'string' ? last.lastTransitionTime : undefined;
}
