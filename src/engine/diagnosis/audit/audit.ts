import type { Decision } from '../../review/evaluation/decision.ts';
import { tooLargeText } from '../../review/rules/too-large.ts';
import type { Finding } from '../../secret/finding/finding.ts';
import { type Verdict, verdictOf } from '../../secret/finding/verdict.ts';
import { plainSecret, type Request, type Secret } from '../../secret/secret.ts';
import type { ControllerPreview } from './controller-preview.ts';

/** A stored Secret that is too large to read: only its name is known. */
export interface UnreadableSecret {
  readonly unread: { readonly namespace: string; readonly name: string };
}

/** A stored Secret, and the findings that a write of it would have. */
export interface AuditResult {
  readonly secret: Secret;
  readonly verdict: Verdict;
  readonly decision: Decision;
  /** Undefined if the controller would do nothing, or if no preview was requested. */
  readonly preview?: ControllerPreview | undefined;
}

export interface AuditNeeds {
  readonly decide: (request: Request) => Decision;
  /** Undefined if no policy needs namespace labels. */
  readonly namespaceLabels: (namespace: string) => ReadonlyMap<string, string> | undefined;
  /** The writes of the controller to the Secret. Undefined if no preview was requested. */
  readonly previewController?: (secret: Secret) => Promise<ControllerPreview | undefined>;
  readonly observe: (audited: AuditResult) => void;
}

/**
 * Validates stored Secrets as if an unnamed user created each of them. It shows the findings of a policy that is not in
 * effect yet, or whose exception admitted a Secret. Holds none of the Secrets in memory. Rejects with the error of the
 * source of the Secrets.
 */
export async function audit(
  secrets: AsyncIterable<Secret | UnreadableSecret>,
  needs: AuditNeeds,
): Promise<void> {
  for await (const secret of secrets) {
    if ('unread' in secret) needs.observe(auditUnreadable(secret));
    else needs.observe(withPreview(auditSecret(secret, needs), await needs.previewController?.(secret)));
  }
}

/** With the findings that only the record shows. They deny nothing, so the verdict stays. */
function withPreview(audited: AuditResult, preview: ControllerPreview | undefined): AuditResult {
  if (preview === undefined || preview.findings.length === 0) return { ...audited, preview };
  const { decision } = audited;
  return {
    ...audited,
    preview,
    decision: { ...decision, findings: [...decision.findings, ...preview.findings] },
  };
}

/** An unread Secret can't be known to be correct, so it counts as denied. */
export function auditUnreadable({ unread: { namespace, name } }: UnreadableSecret): AuditResult {
  const secret = plainSecret({ name, namespace });
  const finding: Finding = {
    ...tooLargeText('the API server sends more than 16 MiB of it'),
    action: 'Enforce',
    policy: 'lockstep',
  };
  const decision: Decision = { skipped: undefined, policies: [], changes: [], findings: [finding] };
  return { secret, verdict: 'deny', decision };
}

function auditSecret(
  secret: Secret,
  { decide, namespaceLabels }: Pick<AuditNeeds, 'decide' | 'namespaceLabels'>,
): AuditResult {
  const decision = decide({
    operation: 'CREATE',
    secret,
    old: undefined,
    username: undefined,
    namespaceLabels: namespaceLabels(secret.namespace),
  });
  const isValidated = decision.skipped === undefined || decision.skipped === 'unmatched';
  return { secret, verdict: verdictOf(decision.findings, decision.changes, isValidated), decision };
}
