import type { Decision } from '../evaluation/decision.ts';
import type { Finding } from '../finding/finding.ts';
import { type Verdict, verdictOf } from '../finding/verdict.ts';
import type { ControllerPreview } from '../reconcile/controller-preview.ts';
import { tooLargeText } from '../rules/too-large-to-judge.ts';
import type { Request, Secret } from '../secret/secret.ts';

/** A stored Secret that is too large to be read: nothing of it is known but its name. */
export interface UnreadableSecret {
  readonly unread: { readonly namespace: string; readonly name: string };
}

/** A stored Secret, and what its write would meet. */
export interface AuditResult {
  readonly secret: Secret;
  readonly verdict: Verdict;
  readonly decision: Decision;
  /** Undefined where the controller would do nothing, or that was not asked. */
  readonly preview?: ControllerPreview | undefined;
}

export interface AuditNeeds {
  readonly decide: (request: Request) => Decision;
  /** Undefined where no policy asks for them. */
  readonly namespaceLabels: (namespace: string) => ReadonlyMap<string, string> | undefined;
  /** The writes of the controller to it; left out where they are not asked for. */
  readonly previewController?: (secret: Secret) => Promise<ControllerPreview | undefined>;
  readonly observe: (audited: AuditResult) => void;
}

/**
 * Judges stored Secrets as if each were written anew, by nobody in particular: what a policy that is not in force yet, or of which an exception has let
 * something in, would say of them. Holds none of them. Rejects with what the source of the Secrets throws.
 */
export async function audit(
  secrets: AsyncIterable<Secret | UnreadableSecret>,
  needs: AuditNeeds,
): Promise<void> {
  for await (const secret of secrets) {
    if ('unread' in secret) needs.observe(auditUnreadable(secret));
    else needs.observe({ ...auditSecret(secret, needs), preview: await needs.previewController?.(secret) });
  }
}

/** It can't be known to be right, so it counts as refused. */
export function auditUnreadable({ unread: { namespace, name } }: UnreadableSecret): AuditResult {
  const secret: Secret = {
    name,
    generateName: '',
    namespace,
    type: 'Opaque',
    labels: new Map(),
    annotations: new Map(),
    controller: undefined,
    immutable: false,
    deleting: false,
    data: new Map(),
  };
  const finding: Finding = {
    ...tooLargeText('the API server sends more than 16 MiB of it'),
    action: 'Enforce',
    policy: 'lockstep',
  };
  const decision: Decision = { skipped: undefined, policies: [], changes: [], findings: [finding] };
  return { secret, verdict: 'deny', decision };
}

/** One of them. */
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
