import { type Action, type Finding, fieldOf, sentenceWithoutPolicy, strongestFirst } from './finding.ts';

export interface ReportedSecret {
  readonly namespace: string;
  readonly name: string;
  /** Undefined if it is unknown. */
  readonly uid?: string | undefined;
  /** Ordered by action, the strongest first. Limited in number. */
  readonly findings: readonly Finding[];
  /** The counts of all its findings, also those beyond the limit. */
  readonly counts: ActionCounts;
}

export type ActionCounts = Readonly<Record<Action, number>>;

export const NO_COUNTS: ActionCounts = { Enforce: 0, Warn: 0, Audit: 0 };

export function countsOf(findings: readonly Pick<Finding, 'action'>[]): ActionCounts {
  const counts = { ...NO_COUNTS };
  for (const { action } of findings) counts[action] += 1;
  return counts;
}

export const addCounts = (a: ActionCounts, b: ActionCounts): ActionCounts => ({
  Enforce: a.Enforce + b.Enforce,
  Warn: a.Warn + b.Warn,
  Audit: a.Audit + b.Audit,
});

/** The findings of a namespace in the format that wgpolicyk8s.io/v1alpha2 and openreports.io/v1alpha1 share. */
export interface PolicyReport {
  readonly summary: Readonly<Record<'pass' | 'fail' | 'warn' | 'error' | 'skip', number>>;
  readonly results: readonly ReportResult[];
}

export interface ReportResult {
  readonly source: 'lockstep';
  readonly policy: string;
  readonly rule: string;
  readonly category: string;
  readonly severity: 'high' | 'medium' | 'info';
  readonly result: 'fail' | 'warn';
  readonly scored: boolean;
  /** The time at which the finding was first seen. */
  readonly timestamp: { readonly seconds: number; readonly nanos: number };
  readonly resources: readonly {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid?: string | undefined;
  }[];
  readonly message: string;
  readonly properties: Readonly<Record<'key' | 'action', string>>;
}

/** About 150 KB, while etcd takes 1.5 MiB. `lockstep audit` prints the rest. */
export const MAX_RESULTS = 250;

/**
 * The result of an action, for readers of other reports. `skip` would mean that no check ran. An Audit finding is a
 * failed check that doesn't count. That is `warn`, which the API defines as not scored, with the lowest severity.
 */
const RESULT_BY_ACTION: Readonly<Record<Action, Pick<ReportResult, 'result' | 'severity' | 'scored'>>> = {
  Enforce: { result: 'fail', severity: 'high', scored: true },
  Warn: { result: 'warn', severity: 'medium', scored: false },
  Audit: { result: 'warn', severity: 'info', scored: false },
};

/**
 * Undefined if there are no findings: then there is no report. `before` is the stored report, whatever it holds. It
 * supplies the time at which each finding was first seen.
 */
export function reportOf(
  secrets: readonly ReportedSecret[],
  before: unknown,
  now: Date,
): PolicyReport | undefined {
  if (secrets.length === 0) return undefined;
  const timestamps = timestampsIn(before);
  const results = secrets
    .flatMap((secret) => secret.findings.map((finding) => ({ secret, finding })))
    .sort((a, b) => strongestFirst(a.finding, b.finding))
    .slice(0, MAX_RESULTS)
    .map(({ secret, finding }) => resultOf(secret, finding))
    .map((result) => ({ ...result, timestamp: timestamps.get(idOf(result)) ?? timestampOf(now) }));
  return { summary: summaryOf(secrets.map(({ counts }) => counts)), results };
}

/**
 * Equal for reports with the same content, whenever each finding was first seen. A report of another tool has another
 * text.
 */
export function contentOf(report: unknown): string {
  const { summary, results } = (report ?? {}) as { summary?: unknown; results?: unknown };
  const { fail, warn } = (summary ?? {}) as Partial<PolicyReport['summary']>;
  return JSON.stringify([fail, warn, listOf(results).map(idOf)]);
}

function resultOf(
  { namespace, name, uid }: ReportedSecret,
  finding: Finding,
): Omit<ReportResult, 'timestamp'> {
  const { policy, rule, key, action } = finding;
  return {
    source: 'lockstep',
    policy,
    rule,
    category: 'Secrets',
    ...RESULT_BY_ACTION[action],
    resources: [{ apiVersion: 'v1', kind: 'Secret', namespace, name, uid }],
    message: `${fieldOf(finding)}: ${sentenceWithoutPolicy(finding)}`,
    properties: { key, action },
  };
}

/** `pass` is always 0, because lockstep does not count Secrets without findings. */
function summaryOf(counts: readonly ActionCounts[]): PolicyReport['summary'] {
  const sum = (action: Action): number => counts.reduce((total, each) => total + each[action], 0);
  return { pass: 0, fail: sum('Enforce'), warn: sum('Warn') + sum('Audit'), error: 0, skip: 0 };
}

function timestampsIn(report: unknown): ReadonlyMap<string, ReportResult['timestamp']> {
  const { results } = (report ?? {}) as { results?: unknown };
  return new Map(
    listOf(results).flatMap((result) => {
      const { seconds, nanos } = result.timestamp ?? {};
      return typeof seconds === 'number' && typeof nanos === 'number'
        ? [[idOf(result), { seconds, nanos }] as const]
        : [];
    }),
  );
}

const timestampOf = (now: Date): ReportResult['timestamp'] => ({
  seconds: Math.floor(now.getTime() / 1000),
  nanos: 0,
});

function listOf(results: unknown): readonly Partial<ReportResult>[] {
  return Array.isArray(results) ? results.map((one) => one ?? {}) : [];
}

function idOf({ policy, rule, severity, result, message, resources }: Partial<ReportResult>): string {
  const [resource] = Array.isArray(resources) ? resources : [];
  return JSON.stringify([policy, rule, severity, result, message, resource?.name, resource?.uid]);
}
