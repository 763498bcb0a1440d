import type { Change, Decision } from '../../../src/engine/review/evaluation/decision.ts';
import type { Finding } from '../../../src/engine/secret/finding/finding.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';

export function aDecision(decision: Partial<Decision> = {}): Decision {
  return { skipped: undefined, policies: ['app'], changes: [], findings: [], ...decision };
}

export function aChange(key: string, text: string, change: Partial<Change> = {}): Change {
  return {
    key,
    reason: 'derived',
    value: Sensitive.fromText(text),
    effect: 'derived from A',
    warning: undefined,
    ...change,
  };
}

export function aFinding(finding: Partial<Finding> = {}): Finding {
  return {
    rule: 'placeholder',
    key: 'TOKEN',
    action: 'Enforce',
    message: 'is a placeholder',
    fix: 'set a generated value',
    policy: 'app',
    ...finding,
  };
}
