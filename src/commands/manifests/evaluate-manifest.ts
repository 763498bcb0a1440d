import type { Decision } from '../../engine/evaluation/decision.ts';
import type { Finding } from '../../engine/finding/finding.ts';
import { verdictOf } from '../../engine/finding/verdict.ts';
import type { ManifestSecret, StructureFault } from '../../manifest/read/manifest-secret.ts';
import type { CheckChange, CheckedSecret, CheckFinding } from '../../report/check-report.ts';

/** One Secret of a manifest with the findings about its form and those of the engine. */
export function evaluateManifest(manifest: ManifestSecret, decision: Decision): CheckedSecret {
  const { ref, place, faults } = manifest;
  const unread = new Set(faults.filter(({ rule }) => UNREAD_VALUE.has(rule)).map(({ key }) => key));
  const isOversized = faults.some(({ rule }) => rule === 'too-large');
  const isEvaluated = decision.skipped === undefined || decision.skipped === 'unmatched';
  const findings = [
    ...faults.map(fromFault),
    ...decision.findings
      .filter(({ key, rule }) => !unread.has(key) && !(isOversized && rule === 'too-large'))
      .map((one) => fromFinding(manifest, one)),
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

/** The value of such a key is unknown, so that the engine takes the key for missing. */
const UNREAD_VALUE: ReadonlySet<string> = new Set(['invalid-base64', 'not-a-string']);

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
