import { placeOfFix } from '../../../secret/owners.ts';
import type { Sensitive } from '../../../secret/sensitive.ts';
import { derivationPlan } from '../../derivation/derivation-plan.ts';
import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import { MAX_TEXT_BYTES } from '../../evaluation/input-artifact.ts';
import { parsedConnection } from '../../evaluation/parsed-connection.ts';
import { ownedBaseFix, ownedDerivedFix, untouchedFix } from '../owned-derived.ts';
import type { ValueRule, Violation } from '../rule.ts';
import { isAddressOnly } from './address.ts';

export const invalidUri: ValueRule = {
  id: 'invalid-uri',
  meaning: 'A key that must hold a URL holds something that no driver can read as one.',
  example: 'DATABASE_URL: postgres-service:5432/app',
  remediation: 'Write scheme://user:password@host:port/name. lockstep writes a derived URL itself.',
  check: isUnreadable,
};

function isUnreadable(
  evaluation: Evaluation,
  managedKey: ManagedKey,
  value: Sensitive,
): Violation | undefined {
  const { key, entry } = managedKey;
  const violation = (fix: string): Violation => ({ key, message: 'is no usable URL', fix });
  const rewrite = (alternative = ''): Violation =>
    violation(`${WRITE_URL}${alternative}${placeOfFix(evaluation.request.secret)}`);
  if (entry.derive !== undefined) {
    const plan = derivationPlan(evaluation, managedKey);
    if (plan.kind === 'unreadable')
      return isOtherForm(evaluation, managedKey) ? undefined : { ...rewrite(), maxAction: 'Warn' };
    if (plan.kind === 'underivable') {
      if (isAddressOnly(evaluation, managedKey)) return undefined;
      const missing = plan.missing.join(', ');
      const fix = ownedBaseFix(evaluation, managedKey, missing);
      const found = fix === undefined ? rewrite(`, or add ${missing}`) : violation(fix);
      return isStrict(managedKey) ? found : { ...found, maxAction: 'Warn' };
    }
    return plan.kind === 'write' && plan.reason === 'invalid-uri'
      ? violation(
          ownedDerivedFix(evaluation, managedKey, 'correct') ??
            untouchedFix(evaluation, key) ??
            'remove it, and lockstep derives it where its mutating webhook is called',
        )
      : undefined;
  }
  if (entry.format !== 'uri') return undefined;
  const readable = value.withPlaintext(
    (plain) => value.size <= MAX_TEXT_BYTES && parsedConnection(plain) !== undefined,
  );
  return readable ? undefined : rewrite();
}

/** A URL of another system may have a form that lockstep does not know, unless the policy demands one. */
const isStrict = ({ entry }: ManagedKey): boolean =>
  entry.format === 'uri' || entry.derive?.template.url?.system === 'postgres';

/**
 * An address, a list of addresses with options (`redis:6379,ssl=True`), a function of URLs (`failover(…)`), or a scheme
 * that needs no server (`rpc://`).
 */
const OTHER_FORM = /^(?:[\w.-]+(?::\d+)?(?:,|$)|[a-z]+\(|[a-z][\w.+-]*:\/\/$)/i;

const isOtherForm = (evaluation: Evaluation, managedKey: ManagedKey): boolean =>
  managedKey.entry.format !== 'uri' &&
  managedKey.entry.derive?.bind !== 'All' &&
  evaluation.data
    .get(managedKey.key)
    ?.withPlaintext(({ text }) => text !== undefined && OTHER_FORM.test(text.slice(0, 300).trim())) === true;

const WRITE_URL = 'write scheme://user:password@host:port/name';
