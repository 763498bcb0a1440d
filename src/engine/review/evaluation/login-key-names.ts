import { factByName } from '../../secret/key-names/fact-by-name.ts';
import { isSensitiveKey } from '../../secret/key-names/sensitive-keys.ts';
import type { Evaluation } from './evaluation.ts';
import { factOnce } from './facts-by-key.ts';
import { inputArtifactOf } from './input-artifact.ts';
import { factByPlan } from './key-plan.ts';

/** `username`, `DB_USER`, `rootUser`, `smtp.login`, `MYSQL_DATABASE`, `dbname`. */
const LOGIN_NAME_KEY = /(?:user(?:[-_.]?name)?|login|(?:db|database)(?:[-_.]?name)?)$/i;

/** A longer value is a token in a field for a user name. */
export const MAX_LOGIN_LENGTH = 32;

/** No Secret has more logins. The limit bounds the comparisons of a hostile Secret. */
const MAX_NAMES = 64;

const namesLogin = factByName((key) => LOGIN_NAME_KEY.test(key) && !isSensitiveKey(key));

export const keysOfLogins = factByPlan((plan) => plan.keysOfSecret.filter(namesLogin));

/**
 * The names of users and databases in the Secret, with or without a policy for their keys. No password may equal one of
 * them.
 */
export const loginNames = factOnce<Evaluation, readonly string[]>(({ request, plan }) => {
  const names: string[] = [];
  for (const key of keysOfLogins(plan)) {
    if (names.length === MAX_NAMES) break;
    const value = request.secret.data.get(key);
    if (value === undefined || value.isEmpty || value.size > 4 * MAX_LOGIN_LENGTH) continue;
    const normalised = inputArtifactOf(value, false)?.corrected ?? value;
    normalised.withPlaintext(({ text }) => {
      const name = text?.trim() ?? '';
      if (name !== '' && name.length <= MAX_LOGIN_LENGTH) names.push(name);
    });
  }
  return names;
}, 'lastingFacts');
