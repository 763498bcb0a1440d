import type { Held } from '../record/observed-secret.ts';
import { keyOf, type SecretIndex, type SecretKey } from './version-index.ts';

export interface SweepNeeds {
  readonly secrets: () => AsyncIterable<Held>;
  /** Judges it. Whether there is more to it than that. */
  readonly look: (held: Held) => boolean;
  readonly index: Pick<SecretIndex, 'known' | 'seen'>;
  /** It is to be worked on, by itself. */
  readonly lookAt: (key: SecretKey) => void;
}

/**
 * Every Secret once. One that can't be judged does not keep the others from it: it fails again by itself, where that is told and tried later. Nor does what
 * a long list says of one count for long that has been changed since it was begun.
 */
export async function sweep({ secrets, look, index, lookAt }: SweepNeeds): Promise<void> {
  for await (const held of secrets()) {
    const key = keyOf(held.secret);
    const known = index.known(key);
    index.seen(key, held.resourceVersion);
    const isChanged = known !== undefined && known !== held.resourceVersion;
    if (isMore(look, held) || isChanged) lookAt(key);
  }
}

function isMore(look: SweepNeeds['look'], held: Held): boolean {
  try {
    return look(held);
  } catch {
    return true;
  }
}
