import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';

/** `db.shop.svc:5432`, `db/app`. No blank, no login and no second colon. */
const ADDRESS = /^[\w.-]{1,253}(?::\d{1,5})?(?:\/[\w.-]{0,63})?$/;

/**
 * The value of a derived key is the address of a server without a login. Some programs read their URL so, if the policy
 * does not demand the format.
 */
export const isAddressOnly = (evaluation: Evaluation, { key, entry }: ManagedKey): boolean =>
  entry.format !== 'uri' &&
  evaluation.data.get(key)?.withPlaintext(({ text }) => text !== undefined && ADDRESS.test(text.trim())) ===
    true;
