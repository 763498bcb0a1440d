import type { Change, Surroundings } from './decision.ts';
import { healing } from './heal.ts';
import type { Mandate } from './mandate.ts';
import type { SecretRecord, Values, Why } from './record.ts';

/** What a Secret is to hold next. */
export type NextWrite =
  /** Nothing is to be done, until that time at least. */
  | { readonly kind: 'none'; readonly again: Date | undefined }
  | {
      readonly kind: 'write';
      readonly data: Values;
      readonly why: Why;
      /** Who decided it; undefined for lockstep itself. */
      readonly by: string | undefined;
      /** What to say of it; names only. */
      readonly note: string;
      /** As it is to be kept before the Secret is written. */
      readonly record: SecretRecord;
    };

/**
 * One step towards what the policies describe: what somebody has begun and not finished, then derived keys. One at a time, because each is a version that
 * can be gone back to.
 */
export function nextWrite(mandate: Mandate, record: SecretRecord, around: Surroundings): NextWrite {
  return unfinished(record) ?? healed(mandate, record, around) ?? { kind: 'none', again: undefined };
}

function unfinished(record: SecretRecord): NextWrite | undefined {
  const { pending } = record;
  if (pending?.data === undefined) return undefined;
  const { data, why, by, keys } = pending;
  return { kind: 'write', data, why, by, record, note: `${keys.join(', ')}: what was begun is finished` };
}

function healed(mandate: Mandate, record: SecretRecord, around: Surroundings): NextWrite | undefined {
  const changes = healing(mandate, around);
  if (changes.length === 0) return undefined;
  const data = new Map(mandate.request.secret.data);
  for (const { key, value } of changes) data.set(key, value);
  const note = changes.map(noteOf).join('; ');
  return { kind: 'write', data, why: { kind: 'healed' }, by: undefined, note, record };
}

const noteOf = ({ key, warning }: Change): string => `${key}: ${warning ?? 'was missing, and was derived'}`;
