import { REPORT_APIS, type ReportApi } from '../../engine/secret/finding/report-apis.ts';
import type { Label } from '../../engine/secret/kubernetes/kubernetes-names.ts';
import { LockstepError } from '../../errors/errors.ts';
import { clusterError, hasStatus, isNamespaceUnavailable } from '../client/api-error.ts';
import { apiPath, callApiIfFound, deletion, mergePatch, readServedKinds } from '../client/call.ts';
import type { ApiCall, Cluster } from '../client/connect.ts';
import { list } from '../client/list.ts';

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

/** The kinds whose CRD is installed in this version, the preferred one first. Throws LockstepError. */
export async function installedReportApis(cluster: Cluster): Promise<readonly ReportApi[]> {
  const installed: ReportApi[] = [];
  for (const api of REPORT_APIS) {
    const kinds = await readServedKinds(cluster, api.apiVersion);
    if (kinds.some(({ name }) => name === api.plural)) installed.push(api);
  }
  return installed;
}

/** The namespaces that have a report of this name. Throws LockstepError. */
export async function reportNamespaces(
  cluster: Cluster,
  { apiVersion, plural }: ReportApi,
): Promise<readonly string[]> {
  const target = {
    path: apiPath(apiVersion, plural),
    what: `${plural}.${apiVersion.split('/')[0]} in all namespaces`,
    fieldSelector: `metadata.name=${REPORT_NAME}`,
    isOptional: true,
  };
  const namespaces: string[] = [];
  for await (const item of list(cluster, target)) namespaces.push((item as ReportObject).metadata.namespace);
  return namespaces;
}

/** Undefined if there is none. Throws LockstepError. */
export async function readReport(
  cluster: Cluster,
  api: ReportApi,
  namespace: string,
): Promise<ReportResource | undefined> {
  const path = pathOf(api, namespace);
  const response = await callApiIfFound(cluster, `reading ${reportDescription(api, namespace)}`, { path });
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
export async function writeReport(
  { server, call }: Cluster,
  api: ReportApi,
  namespace: string,
  report: object,
  previous: ReportResource | undefined,
): Promise<void> {
  const action = `writing ${reportDescription(api, namespace)}`;
  try {
    await call(
      previous === undefined
        ? createCall(api, namespace, report)
        : replaceCall(api, namespace, report, previous),
    );
  } catch (cause) {
    if (previous === undefined && isNamespaceUnavailable(cause)) return;
    if (hasStatus(cause, 404)) throw new LockstepError('CLUSTER_CONFLICT', [action]);
    throw clusterError(cause, server, action);
  }
}

/** Deletes the report if it did not change since it was read. Throws LockstepError. */
export async function deleteReport(
  cluster: Cluster,
  api: ReportApi,
  namespace: string,
  { uid, resourceVersion }: ReportResource,
): Promise<void> {
  const call = deletion(pathOf(api, namespace), { uid, resourceVersion });
  await callApiIfFound(cluster, `deleting ${reportDescription(api, namespace)}`, call);
}

const createCall = (api: ReportApi, namespace: string, report: object): ApiCall => ({
  method: 'POST',
  path: apiPath(api.apiVersion, api.plural, { namespace }),
  body: {
    apiVersion: api.apiVersion,
    kind: api.kind,
    metadata: { name: REPORT_NAME, labels: { [MANAGED_BY]: REPORT_NAME } },
    ...api.fields,
    ...report,
  },
});

const replaceCall = (
  api: ReportApi,
  namespace: string,
  report: object,
  { uid, resourceVersion }: ReportResource,
): ApiCall =>
  mergePatch(pathOf(api, namespace), { ...api.fields, ...report, metadata: { uid, resourceVersion } });

const reportDescription = ({ kind }: ReportApi, namespace: string): string =>
  `${kind} ${namespace}/${REPORT_NAME}`;

const pathOf = ({ apiVersion, plural }: ReportApi, namespace: string): string =>
  apiPath(apiVersion, plural, { namespace, name: REPORT_NAME });
