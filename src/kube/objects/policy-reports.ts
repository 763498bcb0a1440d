import type { Label } from '../../engine/secret/kubernetes-names.ts';
import { LockstepError } from '../../errors.ts';
import { ApiStatusError, callApiIfFound, clusterError, isNamespaceUnavailable } from '../client/api-error.ts';
import type { ApiCall, Cluster } from '../client/connect.ts';
import { CONTROLLER_FIELD_MANAGER } from '../client/field-manager.ts';
import { list } from '../client/list.ts';

const GROUP = '/apis/wgpolicyk8s.io/v1alpha2';
const PLURAL = 'policyreports';
/** Each namespace has one report of this name. */
const REPORT_NAME = 'lockstep';
const MANAGED_BY = 'app.kubernetes.io/managed-by' satisfies Label;

/** A report as the API server stores it. */
export interface ReportResource {
  /** Another tool made a report of this name. */
  readonly isForeign: boolean;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Parsed JSON without validation. */
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

/** Whether the CRD is installed in this version. Throws LockstepError. */
export async function hasPolicyReportCrd({ server, call }: Cluster): Promise<boolean> {
  const response = await callApiIfFound(server, 'asking for wgpolicyk8s.io/v1alpha2', () =>
    call({ path: GROUP }),
  );
  const { resources } = (response?.object ?? {}) as { readonly resources?: readonly { name?: string }[] };
  return Array.isArray(resources) && resources.some(({ name }) => name === PLURAL);
}

/** The namespaces that have a report of this name. Throws LockstepError. */
export async function policyReportNamespaces(cluster: Cluster): Promise<readonly string[]> {
  const target = {
    path: `${GROUP}/${PLURAL}`,
    what: 'policyreports.wgpolicyk8s.io in all namespaces',
    fieldSelector: `metadata.name=${REPORT_NAME}`,
    isOptional: true,
  };
  const namespaces: string[] = [];
  for await (const item of list(cluster, target)) namespaces.push((item as ReportObject).metadata.namespace);
  return namespaces;
}

/** Undefined if there is none. Throws LockstepError. */
export async function readPolicyReport(
  { server, call }: Cluster,
  namespace: string,
): Promise<ReportResource | undefined> {
  const response = await callApiIfFound(server, `reading ${reportDescription(namespace)}`, () =>
    call({ path: `${pathIn(namespace)}/${REPORT_NAME}` }),
  );
  if (response === undefined) return undefined;
  const { metadata } = response.object as ReportObject;
  return {
    isForeign: metadata.labels?.[MANAGED_BY] !== REPORT_NAME,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    document: response.object,
  };
}

/**
 * Creates the report, or replaces the one that was read (`before`). Does nothing if the namespace is gone or being
 * deleted. Throws LockstepError, CLUSTER_CONFLICT if the report changed since it was read.
 */
export async function writePolicyReport(
  { server, call }: Cluster,
  namespace: string,
  report: object,
  previous: ReportResource | undefined,
): Promise<void> {
  const action = `writing ${reportDescription(namespace)}`;
  try {
    await call(
      previous === undefined ? createCall(namespace, report) : replaceCall(namespace, report, previous),
    );
  } catch (cause) {
    if (previous === undefined && isNamespaceUnavailable(cause)) return;
    if (cause instanceof ApiStatusError && cause.status === 404)
      throw new LockstepError('CLUSTER_CONFLICT', [action]);
    throw clusterError(cause, server, action);
  }
}

/** Deletes the report if it did not change since it was read. Throws LockstepError. */
export async function deletePolicyReport(
  { server, call }: Cluster,
  namespace: string,
  { uid, resourceVersion }: ReportResource,
): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } };
  await callApiIfFound(server, `deleting ${reportDescription(namespace)}`, () =>
    call({ method: 'DELETE', path: `${pathIn(namespace)}/${REPORT_NAME}`, body }),
  );
}

const WRITE_QUERY = { fieldManager: CONTROLLER_FIELD_MANAGER };

const createCall = (namespace: string, report: object): ApiCall => ({
  method: 'POST',
  path: pathIn(namespace),
  query: WRITE_QUERY,
  body: {
    apiVersion: 'wgpolicyk8s.io/v1alpha2',
    kind: 'PolicyReport',
    metadata: { name: REPORT_NAME, labels: { [MANAGED_BY]: REPORT_NAME } },
    ...report,
  },
});

const replaceCall = (
  namespace: string,
  report: object,
  { uid, resourceVersion }: ReportResource,
): ApiCall => ({
  method: 'PATCH',
  path: `${pathIn(namespace)}/${REPORT_NAME}`,
  query: WRITE_QUERY,
  body: { ...report, metadata: { uid, resourceVersion } },
  contentType: 'application/merge-patch+json',
});

const reportDescription = (namespace: string): string => `PolicyReport ${namespace}/${REPORT_NAME}`;

const pathIn = (namespace: string): string =>
  `${GROUP}/namespaces/${encodeURIComponent(namespace)}/${PLURAL}`;
