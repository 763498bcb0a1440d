import type { Label } from '../../engine/secret/kubernetes-names.ts';
import { LockstepError } from '../../errors.ts';
import { askFor, failure, isNamespaceGone, Refusal } from '../client/api-error.ts';
import type { Call, Cluster } from '../client/connect.ts';
import { CONTROLLER } from '../client/field-manager.ts';
import { list } from '../client/list.ts';

const GROUP = '/apis/wgpolicyk8s.io/v1alpha2';
const PLURAL = 'policyreports';
/** One for each namespace. */
const NAME = 'lockstep';
const MANAGED_BY = 'app.kubernetes.io/managed-by' satisfies Label;

/** A report as the API server holds it. */
export interface StoredReport {
  /** Somebody else made one of this name. */
  readonly isForeign: boolean;
  readonly uid: string;
  readonly resourceVersion: string;
  /** As parsed; nobody has checked it. */
  readonly document: unknown;
}

interface ReportObject {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** Whether the CRD is there, in this version. Throws LockstepError. */
export async function knowsPolicyReports({ server, call }: Cluster): Promise<boolean> {
  const found = await askFor(server, 'asking for wgpolicyk8s.io/v1alpha2', () => call({ path: GROUP }));
  const { resources } = (found?.object ?? {}) as { readonly resources?: readonly { name?: string }[] };
  return Array.isArray(resources) && resources.some(({ name }) => name === PLURAL);
}

/** The namespaces that have a report of this name. Throws LockstepError. */
export async function policyReportNamespaces(cluster: Cluster): Promise<readonly string[]> {
  const listed = {
    path: `${GROUP}/${PLURAL}`,
    what: 'policyreports.wgpolicyk8s.io in all namespaces',
    fieldSelector: `metadata.name=${NAME}`,
    isOptional: true,
  };
  const namespaces: string[] = [];
  for await (const item of list(cluster, listed)) namespaces.push((item as ReportObject).metadata.namespace);
  return namespaces;
}

/** Undefined where there is none. Throws LockstepError. */
export async function readPolicyReport(
  { server, call }: Cluster,
  namespace: string,
): Promise<StoredReport | undefined> {
  const found = await askFor(server, `reading ${what(namespace)}`, () =>
    call({ path: `${pathIn(namespace)}/${NAME}` }),
  );
  if (found === undefined) return undefined;
  const { metadata } = found.object as ReportObject;
  return {
    isForeign: metadata.labels?.[MANAGED_BY] !== NAME,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    document: found.object,
  };
}

/**
 * Makes the report, or replaces what `before` says; nothing where the namespace is gone or going. Throws LockstepError, CLUSTER_CONFLICT where the report is no
 * longer the one that was read.
 */
export async function writePolicyReport(
  { server, call }: Cluster,
  namespace: string,
  report: object,
  before: StoredReport | undefined,
): Promise<void> {
  const doing = `writing ${what(namespace)}`;
  try {
    await call(
      before === undefined ? creationOf(namespace, report) : replacementOf(namespace, report, before),
    );
  } catch (cause) {
    if (before === undefined && isNamespaceGone(cause)) return;
    if (cause instanceof Refusal && cause.status === 404)
      throw new LockstepError('CLUSTER_CONFLICT', [doing]);
    throw failure(cause, server, doing);
  }
}

/** Deletes that very report, as it was read. Throws LockstepError. */
export async function deletePolicyReport(
  { server, call }: Cluster,
  namespace: string,
  { uid, resourceVersion }: StoredReport,
): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } };
  await askFor(server, `deleting ${what(namespace)}`, () =>
    call({ method: 'DELETE', path: `${pathIn(namespace)}/${NAME}`, body }),
  );
}

const query = { fieldManager: CONTROLLER };

const creationOf = (namespace: string, report: object): Call => ({
  method: 'POST',
  path: pathIn(namespace),
  query,
  body: {
    apiVersion: 'wgpolicyk8s.io/v1alpha2',
    kind: 'PolicyReport',
    metadata: { name: NAME, labels: { [MANAGED_BY]: NAME } },
    ...report,
  },
});

const replacementOf = (namespace: string, report: object, { uid, resourceVersion }: StoredReport): Call => ({
  method: 'PATCH',
  path: `${pathIn(namespace)}/${NAME}`,
  query,
  body: { ...report, metadata: { uid, resourceVersion } },
  contentType: 'application/merge-patch+json',
});

const what = (namespace: string): string => `PolicyReport ${namespace}/${NAME}`;

const pathIn = (namespace: string): string =>
  `${GROUP}/namespaces/${encodeURIComponent(namespace)}/${PLURAL}`;
