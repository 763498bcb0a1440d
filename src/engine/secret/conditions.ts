/** As metav1.Condition. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

type Status = Condition['status'];

/** The conditions of one kind: by type, status and reason, each with its meaning in one line. */
export type ConditionTable = Readonly<
  Record<string, { readonly [status in Status]?: Readonly<Record<string, string>> }>
>;

/** One condition that the table declares. */
export type ConditionIn<Table extends ConditionTable> = {
  [Type in keyof Table & string]: {
    [S in keyof Table[Type] & Status]: {
      readonly type: Type;
      readonly status: S;
      readonly reason: keyof Table[Type][S] & string;
      /** The same for people: what is wrong, and what to do. */
      readonly message: string;
    };
  }[keyof Table[Type] & Status];
}[keyof Table & string];

/** What is said, without since when. */
type Told = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** As the CRDs bound it. */
const LONGEST_MESSAGE = 32_768;

/** What is said of one generation of an object. `before`: its status as it is stored, whatever it holds. */
export function conditionsOf<One extends Told>(
  told: readonly One[],
  generation: number,
  before: unknown,
  now: Date,
): readonly (One & Condition)[] {
  return told.map((one) => ({
    ...one,
    message: shortened(one.message),
    observedGeneration: generation,
    lastTransitionTime: transitionOf(one, before) ?? inSeconds(now),
  }));
}

/** As the API server writes times. */
export const inSeconds = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;

const shortened = (message: string): string =>
  message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 3)}...`;

/** Since when it has been so: a new message alone is no transition. */
function transitionOf({ type, status }: Told, before: unknown): string | undefined {
  const { conditions } = (before ?? {}) as { readonly conditions?: unknown };
  if (!Array.isArray(conditions)) return undefined;
  const last = conditions.find(
    (one: Partial<Condition> | null) => one?.type === type && one.status === status,
  );
  return typeof last?.lastTransitionTime === 'string' ? last.lastTransitionTime : undefined;
}
