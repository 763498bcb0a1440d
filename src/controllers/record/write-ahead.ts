import type { Surroundings } from '../../engine/evaluation/decision.ts';
import type { Mandate } from '../../engine/permissions/permissions.ts';
import { withInStep } from '../../engine/reconcile/drift.ts';
import type { Write } from '../../engine/reconcile/next-write.ts';
import {
  holdSame,
  type Keeping,
  latest,
  prepared,
  type Values,
  type Why,
  withdrawn,
} from '../../engine/record/record.ts';
import { settled } from '../../engine/record/record-observation.ts';
import type { FieldManager } from '../../engine/secret/kubernetes-names.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors.ts';
import { writtenNews } from './events.ts';
import type { Held, News, Place } from './observed-secret.ts';
import type { RecordBook } from './record-session.ts';

export interface Edit {
  readonly set: ReadonlyMap<string, Sensitive>;
  readonly remove: readonly string[];
}

/** Each function rejects with a LockstepError: CLUSTER_CONFLICT where the Secret is no longer what was read. */
export interface SecretWriteNeeds {
  readonly around: Pick<Surroundings, 'now'>;
  readonly readSecret: (place: Place) => Promise<Held | undefined>;
  readonly patchSecret: (held: Held, edit: Edit) => Promise<Held>;
  /** How many versions of a Secret are kept. */
  readonly history: number;
  /** The name that its writes bear. */
  readonly manager: FieldManager;
  readonly wrote: (place: Place, why: Why) => void;
  readonly tell: (held: Held, news: News) => void;
}

/** Record, Secret, record: whoever takes over in between finds in the record what was begun. */
export async function writeSecret(
  held: Held,
  book: RecordBook,
  { data, why, by, note, record: before }: Omit<Write, 'kind'>,
  mandate: Mandate,
  needs: SecretWriteNeeds,
): Promise<void> {
  const author = by ?? needs.manager;
  if (before.pending?.data !== data)
    await book.save(
      prepared(before, data, { time: needs.around.now(), by: author, why }, held.resourceVersion),
    );
  const after = await needs.patchSecret(held, editBetween(held.secret.data, data)).catch(async (error) => {
    if (await isUnwritten(error, data, held, needs)) await book.save(withdrawn(book.record()));
    throw error;
  });
  const written = { ...after.written, why: { kind: 'changed' } } as const;
  const record = settled(book.record(), after.secret.data, written, keepingOf(mandate, needs));
  const request = { ...mandate.request, secret: after.secret, old: after.secret };
  await book.save(withInStep(record, { ...mandate, request }));
  needs.wrote({ namespace: held.secret.namespace, name: held.secret.name }, why);
  const { number } = latest(book.record());
  needs.tell(after, writtenNews(why, note, number));
}

export const keepingOf = (
  { restarts }: Mandate,
  { history }: Pick<SecretWriteNeeds, 'history'>,
): Keeping => ({
  history,
  restarts,
});

/** Of a call that got no answer nobody knows; and whoever was first may have been one that led before, with the very same. */
async function isUnwritten(
  error: unknown,
  data: Values,
  { secret }: Held,
  { readSecret }: Pick<SecretWriteNeeds, 'readSecret'>,
): Promise<boolean> {
  if (!(error instanceof LockstepError)) return false;
  if (error.code !== 'LOCKSTEP_CLUSTER_CONFLICT') return error.code === 'LOCKSTEP_SECRET_REFUSED';
  return !holdSame((await readSecret(secret))?.secret.data, data);
}

function editBetween(before: Values, after: Values): Edit {
  const set = new Map([...after].filter(([key, value]) => !value.equals(before.get(key))));
  return { set, remove: [...before.keys()].filter((key) => !after.has(key)) };
}
