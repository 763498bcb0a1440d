import type { Derivation } from '../../policy/policy.ts';

/**
 * The relation of a part of a URL to its base key. A `bound` part follows the key. A `noted` part that differs is only
 * a warning. A `free` part is the team's choice.
 */
type PartBinding = 'bound' | 'noted' | 'free';

/** `account.ts` decides which account the user and the password follow. Parameters are parts too. */
export function bindingOf({ free, bind }: Pick<Derivation, 'free' | 'bind'>, part: string): PartBinding {
  if (free.has(part)) return 'free';
  return bind === 'All' || part === 'user' || part === 'password' ? 'bound' : 'noted';
}
