import { placeOfFix } from '../../../secret/owners.ts';
import type { Sensitive } from '../../../secret/sensitive.ts';
import { derivationPlan } from '../../derivation/derivation-plan.ts';
import { piecesOfList } from '../../derivation/url-list.ts';
import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import { MAX_TEXT_BYTES } from '../../evaluation/input-artifact.ts';
import { connectionPassword } from '../../evaluation/parsed-connection.ts';
import { ownedDerivedFix } from '../owned-derived.ts';
import type { ValueRule, Violation } from '../rule.ts';

export const unescapedUri: ValueRule = {
  id: 'unescaped-uri',
  meaning:
    'A password stands raw inside a URL, with characters that end it early for some drivers: the same text is another host to another program.',
  example: 'postgresql://app:p@ss/w@db:5432/app',
  remediation:
    'Percent-encode every byte outside A-Z a-z 0-9 - . _ ~ (`@` is %40). lockstep does it for a derived URL.',
  check: isUnescaped,
};

function isUnescaped(
  evaluation: Evaluation,
  managedKey: ManagedKey,
  value: Sensitive,
): Violation | undefined {
  const { key, entry } = managedKey;
  if (value.size > MAX_TEXT_BYTES) return undefined;
  const plan = entry.derive === undefined ? undefined : derivationPlan(evaluation, managedKey);
  if (plan !== undefined && plan.kind !== 'foreign') {
    if (plan.kind !== 'write' || plan.reason !== 'unescaped-uri') return undefined;
    const violation = notEncoded(evaluation, key);
    return { ...violation, fix: ownedDerivedFix(evaluation, managedKey, 'correct') ?? violation.fix };
  }
  return value.withPlaintext((plain) => {
    const password = connectionPassword(plain);
    // In a list of URLs, the parts of the others seem to stand in the password of the first.
    if (password?.portable !== false || piecesOfList(plain.text ?? '').length > 1) return undefined;
    return password.conflicts === true ? conflicting(evaluation, key) : notEncoded(evaluation, key);
  });
}

const notEncoded = ({ request }: Evaluation, key: string): Violation => ({
  key,
  message: 'holds a password that is not percent-encoded',
  fix: `write every character of it outside A-Z a-z 0-9 - . _ ~ as %XX${placeOfFix(request.secret)}`,
});

const conflicting = ({ request }: Evaluation, key: string): Violation => ({
  key,
  message: 'holds two different passwords, and drivers go by different ones',
  fix: `leave one of them out${placeOfFix(request.secret)}`,
});
