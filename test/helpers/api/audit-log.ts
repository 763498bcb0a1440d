import type { Cluster } from '../../testbed/cluster/cluster.ts';
import type { Loose } from '../cluster/kustomize.ts';

/** The audit event of one answered request. */
export interface AuditEntry {
  readonly level: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string };
  readonly objectRef?: { readonly resource?: string; readonly namespace?: string; readonly name?: string };
  readonly responseStatus?: { readonly code: number; readonly message?: string };
  readonly annotations?: Readonly<Record<string, string>>;
  readonly requestObject?: Loose;
  readonly responseObject?: Loose;
}

/** Requests for Secrets, the oldest first. */
export async function secretAuditEntries(cluster: Cluster): Promise<readonly AuditEntry[]> {
  // The last one may be half written.
  const lines = (await cluster.auditLog()).split('\n').slice(0, -1);
  return lines
    .map((line) => JSON.parse(line))
    .filter(({ stage, objectRef }) => stage === 'ResponseComplete' && objectRef?.resource === 'secrets');
}

/** The fields in which the API server itself records values, and all the other ones. */
export interface AuditParts {
  /** Objects and patches that clients sent. */
  readonly sent: string;
  readonly answered: string;
  /** Answers of mutating webhooks. */
  readonly patches: string;
  readonly rest: string;
}

export function auditParts(entries: readonly AuditEntry[]): AuditParts {
  const patches: string[] = [];
  const rest: string[] = [];
  for (const { requestObject, responseObject, annotations = {}, ...others } of entries) {
    rest.push(JSON.stringify(others));
    for (const [name, text] of Object.entries(annotations))
      (name.startsWith('patch.webhook.admission.k8s.io/') ? patches : rest).push(`${name}=${text}`);
  }
  return {
    sent: JSON.stringify(entries.map(({ requestObject }) => requestObject)),
    answered: JSON.stringify(entries.map(({ responseObject }) => responseObject)),
    patches: patches.join('\n'),
    rest: rest.join('\n'),
  };
}
