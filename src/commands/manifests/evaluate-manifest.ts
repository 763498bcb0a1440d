import type { Decision } from '../../engine/evaluation/decision.ts';
import type { Finding } from '../../engine/finding/finding.ts';
import { verdictOf } from '../../engine/finding/verdict.ts';
import type { ManifestSecret, StructureFault } from '../../manifest/read/manifest-secret.ts';
import type { CheckChange, CheckedSecret, CheckFinding } from '../../report/check-report.ts';

/** One Secret of a manifest with the findings about its form and those of the engine. */
export function evaluateManifest(manifest: ManifestSecret, decision: Decision): CheckedSecret {
  const { ref, place, faults } = manifest;
  const malformed = new Set(faults.filter(({ refused }) => refused).map(({ key }) => key));
  const isEvaluated = decision.skipped === undefined || decision.skipped === 'unmatched';
  const findings = [
    ...faults.map(fromFault),
    // The value of a malformed key is unknown.
    ...decision.findings.filter(({ key }) => !malformed.has(key)).map((one) => fromFinding(manifest, one)),
  ];
  const changes = decision.changes.map((change) => fromChange(manifest, change));
  return {
    ref,
    file: place.file,
    line: place.line,
    verdict: verdictOf(findings, changes, isEvaluated),
    findings,
    changes,
  };
}

function fromFault({ rule, key, refused, message, fix, place }: StructureFault): CheckFinding {
  const action = refused ? 'Enforce' : 'Warn';
  return { rule, key, action, message, fix, line: place.line, column: place.column };
}

function fromFinding({ placeOf, place }: ManifestSecret, finding: Finding): CheckFinding {
  const { rule, key, action, message, fix } = finding;
  const { line, column } = key === '' ? place : placeOf(key);
  return { rule, key, action, message, fix, line, column };
}

function fromChange({ placeOf }: ManifestSecret, { key, reason }: Decision['changes'][number]): CheckChange {
  const { line, column } = placeOf(key);
  return { key, reason, line, column };
}
