import { isSensitiveKey } from '../../secret/key-names/sensitive-keys.ts';
import { valueOriginOf } from '../../secret/key-names/value-origin.ts';
import { placeOfFix } from '../../secret/owners.ts';
import type { PlaceholderVerdict } from '../../value/placeholder/verdict.ts';
import { placeholderMatchOf } from '../derivation/placeholder-match.ts';
import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import { memberFaultsOf } from './embedded-members.ts';
import { ownedDerivedFix } from './owned-derived.ts';
import { askedValueOf, realValueFix } from './real-value.ts';
import type { ValueRule, Violation } from './rule.ts';

/** One classification serves three rules: the kind of the value decides the fix. */
const placeholderRuleCheck =
  (rule: PlaceholderVerdict['rule'], fix: (managedKey: ManagedKey, evaluation: Evaluation) => string) =>
  (evaluation: Evaluation, managedKey: ManagedKey): Violation | readonly Violation[] | undefined => {
    const { key } = managedKey;
    const inside = memberViolations(evaluation, key, rule, () => fix(managedKey, evaluation));
    if (inside !== undefined) return inside;
    const match = placeholderMatchOf(evaluation, key);
    if (match?.rule !== rule) return undefined;
    const { inUrl, message, maxAction, advice = '', follows } = match;
    const violation = { key, message: inUrl ? `holds a URL whose password ${message}` : message };
    if (maxAction !== undefined) return { ...violation, fix: advice, maxAction };
    if (!inUrl) return { ...violation, fix: fix(managedKey, evaluation) };
    // The finding of the base key decides, with its action and its exceptions.
    return {
      ...violation,
      fix: urlFix(evaluation, managedKey, follows),
      ...(follows !== undefined && { maxAction: 'Warn' }),
    };
  };

/** lockstep corrects the URL itself, unless the action or the owner of the Secret forbids it. */
function urlFix(evaluation: Evaluation, managedKey: ManagedKey, follows: string | undefined): string {
  const isCorrected = follows !== undefined && managedKey.entry.action !== 'Audit';
  if (isCorrected && ownedDerivedFix(evaluation, managedKey, 'correct') === undefined)
    return `it follows once ${follows} is right`;
  return `put the real password into the URL${placeOfFix(evaluation.request.secret)}`;
}

export const placeholder: ValueRule = {
  id: 'placeholder',
  meaning:
    'A value of any key, or a member of a file inside a value, asks to be replaced. The rule also finds a secret that is a plain word, a published default, or words of its own names. A command that was never run is a placeholder too.',
  example:
    'CHANGE_ME, https://your-domain.com, your-refresh-secret-key-min-32-chars, $(openssl rand -base64 32)',
  remediation:
    'Set a generated value, e.g. `openssl rand -base64 48`. If a vendor issues the key, set what the vendor issued. In a manifest, `lockstep generate --into FILE --replace-placeholders` replaces what a policy generates.',
  final: true,
  check: placeholderRuleCheck('placeholder', (managedKey, evaluation) =>
    needsSecret(managedKey)
      ? realValueFix(
          evaluation,
          managedKey,
          'set a generated value',
          'set',
          askedValueOf(evaluation.data.get(managedKey.key)),
        )
      : `set the real value${placeOfFix(evaluation.request.secret)}`,
  ),
};

/** A certificate is no secret, and can't be typed either. */
const needsSecret = ({ key, entry }: ManagedKey): boolean =>
  entry.sensitive === true ||
  (entry.sensitive === 'placeholders' && (isSensitiveKey(key) || isFile(valueOriginOf(key))));

const isFile = (origin: string): boolean => origin === 'certificate' || origin === 'private-key';

export const unrenderedTemplate: ValueRule = {
  id: 'unrendered-template',
  meaning: 'The value is template text that a tool should have replaced before it was applied.',
  example: '${POSTGRES_PASSWORD}, {{ .Values.password }}',
  remediation:
    'Render the manifest (helm template, envsubst, kustomize) before it is applied. Kubernetes replaces nothing inside a Secret. For manifests that a tool renders later, `lockstep check --allow-references` skips the key. In a run with a Kustomization of Flux that has `postBuild`, a variable is only a note.',
  final: true,
  check: placeholderRuleCheck(
    'unrendered-template',
    (_, evaluation) =>
      ownedValueFix(evaluation) ??
      'render the manifest before it is applied: Kubernetes replaces nothing inside a Secret',
  ),
};

export const unresolvedReference: ValueRule = {
  id: 'unresolved-reference',
  meaning: 'The value points to a secret in another store, or is ciphertext, and nothing has resolved it.',
  example: 'vault:secret/data/db#password, op://vault/db/password, ENC[AES256_GCM,…]',
  remediation:
    'Apply it through the tool that resolves the reference (External Secrets, vals, sops, the vault injector), or set the value itself.',
  final: true,
  check: placeholderRuleCheck(
    'unresolved-reference',
    (_, evaluation) =>
      ownedValueFix(evaluation) ?? 'apply it through the tool that resolves it, or set the value itself',
  ),
};

/** Further ones are only counted: the first ones show what is wrong with the file. */
const MAX_VIOLATIONS = 5;

/**
 * One violation for each member of the value that breaks this rule. Undefined if there is none. `wholeFix` is for a
 * value that consists of one member.
 */
function memberViolations(
  evaluation: Evaluation,
  key: string,
  rule: PlaceholderVerdict['rule'],
  wholeFix: () => string,
): readonly Violation[] | undefined {
  const all = memberFaultsOf(evaluation, key);
  // Nearly every value ends here.
  if (all.length === 0) return undefined;
  const faults = all.filter(({ verdict }) => verdict.rule === rule);
  if (faults.length === 0) return undefined;
  const more = faults.length - MAX_VIOLATIONS;
  return faults.slice(0, MAX_VIOLATIONS).map(({ verdict, place: placeOfFault }, index) => {
    const place = placeOfFault();
    const { maxAction, advice = '' } = verdict;
    const message = place === '' ? verdict.message : `${place} ${verdict.message}`;
    const isLast = more > 0 && index === MAX_VIOLATIONS - 1;
    const violation = { key, message: isLast ? `${message}, and ${more} more` : message };
    if (maxAction !== undefined) return { ...violation, fix: advice, maxAction };
    return { ...violation, fix: place === '' ? wholeFix() : memberFix(evaluation, rule) };
  });
}

function memberFix(evaluation: Evaluation, rule: PlaceholderVerdict['rule']): string {
  const ownedFix = ownedValueFix(evaluation);
  if (ownedFix !== undefined) return ownedFix;
  switch (rule) {
    case 'placeholder':
      return 'set the real value';
    case 'unrendered-template':
      return 'render it before the manifest is applied: Kubernetes replaces nothing inside a Secret';
    case 'unresolved-reference':
      return 'apply it through the tool that resolves it, or set the value itself';
  }
}

/** The fix for a value of an owned Secret: no tool renders it after its owner has read it. */
function ownedValueFix({ request: { secret } }: Evaluation): string | undefined {
  const place = placeOfFix(secret);
  return place === '' ? undefined : `set the real value${place}`;
}
