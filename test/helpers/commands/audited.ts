import type { AuditResult } from '../../../src/engine/diagnosis/audit/audit.ts';
import { AuditTally } from '../../../src/engine/diagnosis/audit/tally.ts';
import type { Change } from '../../../src/engine/review/evaluation/decision.ts';
import type { Finding } from '../../../src/engine/secret/finding/finding.ts';
import { verdictOf } from '../../../src/engine/secret/finding/verdict.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import type { AuditReport } from '../../../src/report/audit/audit-report.ts';
import { aSecret } from '../engine/engine.ts';

export const aFinding = (different: Partial<Finding> = {}): Finding => ({
  rule: 'placeholder',
  key: 'JWT_SECRET',
  action: 'Enforce',
  message: 'is a placeholder',
  fix: 'set a generated value, e.g. openssl rand -base64 48',
  policy: 'jwt-keys',
  ...different,
});

export const aChange = (different: Partial<Change> = {}): Change => ({
  key: 'DATABASE_URL',
  reason: 'mismatch',
  value: Sensitive.fromText('postgresql://canary'),
  effect: 'password now follows POSTGRES_PASSWORD',
  warning: undefined,
  ...different,
});

interface AuditedOptions {
  /** `namespace/name` */
  readonly ref?: string;
  readonly findings?: readonly Finding[];
  readonly changes?: readonly Change[];
  readonly policies?: readonly string[];
  readonly isSkipped?: boolean;
  readonly controller?: string;
}

/** A validated Secret, and what was said of it. */
export function anAudited({
  ref = 'shop/app',
  findings = [],
  changes = [],
  policies = ['jwt-keys'],
  isSkipped = false,
  controller,
}: AuditedOptions = {}): AuditResult {
  const [namespace = '', name = ''] = ref.split('/');
  return {
    secret: aSecret({ JWT_SECRET: 'canary' }, { namespace, name, controller }),
    verdict: verdictOf(findings, changes, !isSkipped),
    decision: { skipped: isSkipped ? 'exempt' : undefined, policies, findings, changes },
  };
}

export function tallyOf(audited: readonly AuditResult[]): AuditTally {
  const tally = new AuditTally();
  for (const each of audited) tally.add(each);
  return tally;
}

export const anEnd = (
  audited: readonly AuditResult[],
  different: Partial<AuditReport> = {},
): AuditReport => ({
  tally: tallyOf(audited),
  policies: [{ name: 'jwt-keys', source: 'built-in', actions: ['Enforce'] }],
  errors: [],
  isMixed: false,
  maxAction: 'Enforce',
  references: { objects: [], made: [], unread: [] },
  isSummary: false,
  ...different,
});
