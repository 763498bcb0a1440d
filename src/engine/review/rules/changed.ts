import { ownerOf, placeOfFix } from '../../secret/owners.ts';
import { nameOf, type Secret } from '../../secret/secret.ts';
import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import { CONSENT_ANNOTATION, type Consent } from '../on-change/consent.ts';
import type { RuleText, Violation } from './rule.ts';

/** decide/changed-values.ts finds the changed values, because it runs the other rules on the stored ones. */
export const changed: RuleText & { readonly id: 'changed' } = {
  id: 'changed',
  meaning:
    'An update changes, empties or drops a value that the policy wants to stay, by `onChange`. A server or a disk may still know only the stored value.',
  example: 'an upgrade of a chart that draws a new POSTGRES_PASSWORD',
  remediation: `Set the annotation \`${CONSENT_ANNOTATION}\` in the written Secret to a time at most 24 hours ahead. \`lockstep rotate NAMESPACE/NAME\` changes the password of a PostgresCredential or RedisCredential, and with \`--key\` a key that a policy generates.`,
};

export function changedViolation(
  evaluation: Evaluation,
  managedKey: ManagedKey,
  consent: Consent,
): Violation {
  const { secret } = evaluation.request;
  const owner = ownerOf(secret);
  return {
    key: managedKey.key,
    managedKey,
    message: 'must keep its stored value',
    fix: owner === undefined ? changedFix(evaluation, managedKey, consent) : ownedFix(secret, owner, consent),
    // lockstep changes no Secret of another controller.
    ...(owner !== undefined && managedKey.entry.onChange === 'Keep' && { maxAction: 'Audit' as const }),
  };
}

/** The advice to a person who wants to change the value. It is not known here whether a credential names the key. */
export function changedFix(
  { request: { secret }, plan }: Evaluation,
  { key, entry }: ManagedKey,
  consent: Consent,
): string {
  const rotate = `run lockstep rotate ${secret.namespace}/${nameOf(secret)}`;
  const ignored = ignoredText(consent);
  const consents =
    ignored === undefined ? `set the annotation ${CONSENT_ANNOTATION}` : 'set a time within 24 hours';
  const isGeneratedAlone = entry.generate !== undefined && !plan.urlPositions.has(key);
  const ways = isGeneratedAlone
    ? `${rotate} --key ${key}, or ${consents}`
    : `${consents}, or ${rotate} if it is the password of a PostgresCredential or RedisCredential`;
  return `${ignored === undefined ? '' : `${ignored}; `}to change it, ${ways}`;
}

function ownedFix(secret: Secret, owner: string, consent: Consent): string {
  const ignored = ignoredText(consent);
  const keep = `keep it${placeOfFix(secret)}; to change it, let ${nameOfOwner(owner)} write the annotation ${CONSENT_ANNOTATION}`;
  return ignored === undefined ? keep : `${ignored}; ${keep}`;
}

/** Undefined if there is no annotation. */
const ignoredText = (consent: Consent): string | undefined =>
  consent.isGiven || consent.ignored === undefined
    ? undefined
    : `the annotation ${CONSENT_ANNOTATION} is ignored, because it ${consent.ignored}`;

/** The kind and the name in an ownerReference can have any length and any character. */
const nameOfOwner = (owner: string): string =>
  /^[-A-Za-z0-9.' ]{1,63}(?:\/[-a-z0-9.]{1,63})?$/.test(owner) ? owner : 'its owner';
