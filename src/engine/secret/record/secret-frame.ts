import { ownerOf } from '../owners.ts';
import { plainSecret, type Secret } from '../secret.ts';
import type { SecretRef } from '../secret-ref.ts';

/**
 * A Secret without its values, as the record keeps it for the case that the Secret is deleted. It has no
 * ownerReferences: the uid of an owner may be gone, and the garbage collector would delete the Secret again.
 */
export interface SecretFrame extends Pick<Secret, 'type' | 'immutable' | 'controller'> {
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
}

/** In characters. A record must have room for the values. */
const MAX_TEXT_LENGTH = 4096;
const MAX_TOTAL_LENGTH = 32 * 1024;

/**
 * The first holds the values of the Secret in plain text. The second is a consent for one incident, which a new Secret
 * must not inherit.
 */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'lockstep.dev/break-glass',
]);

export function frameOf({ type, immutable, controller, labels, annotations }: Secret): SecretFrame {
  let left = MAX_TOTAL_LENGTH;
  const bounded = (texts: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
    new Map(
      [...texts].filter(([name, text]) => {
        const length = name.length + text.length;
        if (LEFT_OUT.has(name) || length > MAX_TEXT_LENGTH || length > left) return false;
        left -= length;
        return true;
      }),
    );
  return {
    type,
    immutable,
    controller: controller?.slice(0, MAX_TEXT_LENGTH),
    labels: bounded(labels),
    annotations: bounded(annotations),
  };
}

/** The owner of a Secret that was deleted. `lockstep rollback` refuses to create such a Secret again. */
export const formerOwner = (ref: SecretRef, frame: SecretFrame | undefined): string | undefined =>
  ownerOf(plainSecret({ ...ref, ...frame }));
