import { loadAuditReporter } from '../../../src/commands/audit/reporters.ts';
import type { AuditResult } from '../../../src/engine/diagnosis/audit/audit.ts';
import type { ControllerPreview } from '../../../src/engine/diagnosis/audit/controller-preview.ts';
import { AuditTally } from '../../../src/engine/diagnosis/audit/tally.ts';
import type { Finding } from '../../../src/engine/secret/finding/finding.ts';
import type { AuditFormat } from '../../../src/report/audit/audit-formats.ts';
import type { AuditedPolicy, AuditHeader, AuditReport } from '../../../src/report/audit/audit-report.ts';
import { aChange, aFinding, anAudited } from '../commands/audited.ts';
import { seededRandom } from '../engine/seeded-random.ts';

export const HEADER: AuditHeader = {
  cluster: 'https://k8s.example.com:6443',
  namespace: undefined,
  startedAt: new Date('2026-11-28T09:30:00Z'),
  version: '0.1.0',
};

export const POLICIES: readonly AuditedPolicy[] = [
  { name: 'jwt-keys', source: 'built-in', actions: ['Enforce'] },
  { name: 'no-placeholders', source: 'built-in', actions: ['Enforce'] },
  { name: 'postgres-credentials', source: 'built-in', actions: ['Enforce', 'Warn'] },
  { name: 'redis-credentials', source: 'built-in', actions: ['Enforce'] },
  { name: 'payments', source: 'cluster', actions: ['Warn'] },
];

/** The findings of a cluster, the frequent ones several times. */
const FINDINGS: readonly Finding[] = [
  aFinding(),
  aFinding({ key: 'SESSION_SECRET', policy: 'no-placeholders' }),
  aFinding({
    key: 'POSTGRES_PASSWORD',
    policy: 'postgres-credentials',
    rule: 'min-length',
    message: 'is shorter than 16 characters',
    fix: 'set a longer value, e.g. openssl rand -base64 24',
  }),
  aFinding({
    key: 'DATABASE_URL',
    policy: 'postgres-credentials',
    rule: 'mismatch',
    action: 'Warn',
    message: 'does not agree with POSTGRES_PASSWORD: password',
    fix: 'remove DATABASE_URL, and lockstep computes it',
  }),
  aFinding({
    key: 'API_KEY',
    policy: 'payments',
    rule: 'weak',
    action: 'Warn',
    message: 'is one of the most common passwords',
    fix: 'set a generated value, e.g. openssl rand -base64 32',
  }),
  aFinding({
    key: 'REDIS_URL',
    policy: 'redis-credentials',
    rule: 'trailing-newline',
    action: 'Audit',
    message: 'ends with a newline',
    fix: 'encode it without one: printf %s VALUE | base64 -w0',
  }),
  aFinding({
    key: '',
    policy: 'no-placeholders',
    rule: 'exposed-annotation',
    action: 'Audit',
    message: 'has a copy of its values in an annotation',
    fix: 'apply it on the server side, and remove the annotation kubectl.kubernetes.io/last-applied-configuration',
  }),
];

const TEAMS = ['shop', 'billing', 'identity', 'search', 'platform', 'reports', 'mobile', 'partners'];

export interface ClusterSize {
  readonly secrets: number;
  readonly namespaces: number;
  /** The percentage of Secrets with a finding. */
  readonly faulty: number;
}

const NO_WRITES: ControllerPreview = {
  write: undefined,
  record: false,
  restarts: [],
  derivedSecret: undefined,
  trials: [],
  overdue: [],
  findings: [],
};

/** The results of an audit, equal at each call. */
export function* auditedCluster({ secrets, namespaces, faulty }: ClusterSize): Generator<AuditResult> {
  const random = seededRandom(18);
  for (let place = 0; place < secrets; place++) {
    const namespace = Math.floor((place * namespaces) / secrets);
    const team = `${TEAMS[namespace % TEAMS.length]}-${Math.floor(namespace / TEAMS.length) + 1}`;
    const ref = `${team}/${random.pick(['app', 'api', 'worker', 'web'])}-secrets-${place}`;
    const policies = POLICIES.slice(0, random.between(1, 5)).map(({ name }) => name);
    const audited =
      random.between(1, 100) > faulty
        ? anAudited({ ref, policies })
        : anAudited({
            ref,
            policies,
            findings: random.times(random.between(0, 3), () => random.pick(FINDINGS)),
            changes: random.between(1, 5) === 1 ? [aChange()] : [],
            ...(random.between(1, 6) === 1 && { controller: 'ExternalSecret/app' }),
          });
    const overdue = [{ key: 'API_TOKEN', policy: 'payments', since: new Date('2026-10-01T00:00:00Z') }];
    const isOverdue = random.between(1, 100) === 1;
    const write = {
      why: 'healed' as const,
      keys: ['DATABASE_URL'],
      note: 'it no longer agrees with POSTGRES_PASSWORD',
    };
    const isWritten = random.between(1, 150) === 1;
    yield isOverdue || isWritten
      ? {
          ...audited,
          preview: {
            ...NO_WRITES,
            ...(isOverdue && { overdue }),
            ...(isWritten && { write, restarts: ['Deployment/api'] }),
          },
        }
      : audited;
  }
}

const NO_REFERENCES: AuditReport['references'] = { objects: [], made: [], unread: [] };

/** The whole report in one format. */
export async function writtenReport(
  format: AuditFormat,
  audited: Iterable<AuditResult>,
  different: Partial<AuditReport> = {},
  header: AuditHeader = HEADER,
): Promise<string> {
  const reporter = await loadAuditReporter(format, { header, colour: false });
  const tally = new AuditTally();
  const pieces: string[] = [];
  for (const each of audited) {
    tally.add(each);
    if (different.isSummary !== true) pieces.push(reporter.secret(each));
  }
  const end: AuditReport = {
    tally,
    policies: POLICIES,
    errors: [],
    isMixed: false,
    maxAction: 'Enforce',
    references: NO_REFERENCES,
    isSummary: false,
    ...different,
  };
  return [...pieces, reporter.finish(end)].join('');
}
