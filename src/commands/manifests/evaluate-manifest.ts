import { type Exclusions, exemptionText } from '../../engine/policy/match/match.ts';
import type { Decision } from '../../engine/review/evaluation/decision.ts';
import { denies, type Finding } from '../../engine/secret/finding/finding.ts';
import { verdictOf } from '../../engine/secret/finding/verdict.ts';
import { classifyPlaceholder } from '../../engine/value/placeholder/classify.ts';
import type { ManifestSecret, SkipReason, StructureFault } from '../../manifest/object/manifest-secret.ts';
import { UNREAD_VALUE } from '../../manifest/object/values.ts';
import type { CheckChange, CheckedSecret, CheckFinding } from '../../report/check-report.ts';
import { allowReferencesFix, cliFixes, type ManifestContext, TEMPLATE_RULES } from './cli-fix.ts';

/** One Secret of a manifest with the findings about its form and those of the engine. */
export function evaluateManifest(
  manifest: ManifestSecret,
  decision: Decision,
  context: ManifestContext,
): CheckedSecret {
  const { ref, place, faults } = manifest;
  const unread = new Set(faults.filter(({ rule }) => UNREAD_VALUE.has(rule)).map(({ key }) => key));
  const isOversized = faults.some(({ rule }) => rule === 'too-large');
  const standIns = new Set(
    decision.findings.filter((one) => isStandIn(one) && isAnnounced(manifest, one.key)).map(({ key }) => key),
  );
  const isEvaluated = decision.skipped === undefined || decision.skipped === 'unmatched';
  const fixFor = cliFixes(manifest, decision.findings, context);
  const findings = [
    ...faults
      .filter(({ rule, key }) => rule !== 'invalid-base64' || !standIns.has(key))
      .map((fault) => fromFault(fault)),
    // The value of an unread key is unknown, unless the text that is written says that it is no value.
    ...decision.findings
      .filter((one) => !unread.has(one.key) || isStandIn(one))
      .filter(({ rule }) => !(isOversized && rule === 'too-large'))
      .map((one) => ({ ...fromFinding(manifest, one), ...fixFor(one) })),
  ];
  const skipReason = skipReasonOf(manifest, decision, context.exclusions);
  const changes = decision.changes.map((change) => fromChange(manifest, change));
  return {
    ref,
    file: place.file,
    line: place.line,
    verdict: verdictOf(findings, changes, isEvaluated),
    verdictOtherwise: verdictOf([], changes, isEvaluated),
    ...(skipReason === undefined ? {} : { skipReason }),
    findings,
    changes,
  };
}

/** The text stands for a value, or is one that everybody knows: it is no secret in any encoding. */
const isStandIn = (finding: Finding): boolean =>
  denies(finding) && (finding.rule === 'placeholder' || TEMPLATE_RULES.has(finding.rule));

/** A text under `data` that asks to be replaced. It is no base64 because nobody has replaced it yet. */
const isAnnounced = ({ secret }: ManifestSecret, key: string): boolean =>
  secret.undecoded?.has(key) === true &&
  secret.data
    .get(key)
    ?.withPlaintext(
      ({ text }) => text !== undefined && classifyPlaceholder(text, { role: 'name', key }) !== undefined,
    ) === true;

function fromFault({ rule, key, refused, message, fix: advice, place }: StructureFault): CheckFinding {
  const action = refused ? 'Enforce' : 'Warn';
  const fix = TEMPLATE_RULES.has(rule) ? allowReferencesFix(advice) : advice;
  return { rule, key, action, message, fix, line: place.line, column: place.column };
}

function fromFinding({ placeOf, place }: ManifestSecret, finding: Finding): CheckFinding {
  const { policy, rule, key, action, message, fix } = finding;
  const { line, column } = key === '' ? place : placeOf(key);
  return { policy, rule, key, action, message, fix, line, column };
}

function fromChange(
  { placeOf }: ManifestSecret,
  { key, reason, effect }: Decision['changes'][number],
): CheckChange {
  const { line, column } = placeOf(key);
  return { key, reason, effect, line, column };
}

/** The reason why a Secret of a manifest was not validated. */
function skipReasonOf(
  { skipped, secret }: ManifestSecret,
  decision: Decision,
  exclusions: Exclusions,
): string | undefined {
  if (skipped !== undefined) return SKIP_REASONS[skipped];
  if (decision.skipped === 'unmatched') return 'because no policy matches';
  if (decision.skipped === undefined) return undefined;
  const request = { operation: 'CREATE', secret, old: undefined, username: undefined } as const;
  return exemptionText(request, exclusions);
}

const SKIP_REASONS: Readonly<Record<SkipReason, string>> = {
  sops: 'encrypted by SOPS',
  'sealed-secret': 'ciphertext of a SealedSecret',
  'deleting-patch': 'because a patch of kustomize deletes it',
};
