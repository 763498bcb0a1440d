import { REPORT_APIS, type ReportApi } from '../../engine/finding/report-apis.ts';
import type { Label } from '../../engine/secret/kubernetes-names.ts';
import { LockstepError } from '../../errors/errors.ts';
import { ApiStatusError, callApiIfFound, clusterError, isNamespaceUnavailable } from '../client/api-error.ts';
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
  for (const api of REPORT_APIS) if (await isInstalled(cluster, api)) installed.push(api);
  return installed;
}

async function isInstalled({ server, call }: Cluster, { apiVersion, plural }: ReportApi): Promise<boolean> {
  const response = await callApiIfFound(server, `asking for ${apiVersion}`, () =>
    call({ path: `/apis/${apiVersion}` }),
  );
  const { resources } = (response?.object ?? {}) as { readonly resources?: readonly { name?: string }[] };
  return Array.isArray(resources) && resources.some(({ name }) => name === plural);
}

/** The namespaces that have a report of this name. Throws LockstepError. */
export async function reportNamespaces(
  cluster: Cluster,
  { apiVersion, plural }: ReportApi,
): Promise<readonly string[]> {
  const target = {
    path: `/apis/${apiVersion}/${plural}`,
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
  { server, call }: Cluster,
  api: ReportApi,
  namespace: string,
): Promise<ReportResource | undefined> {
  const response = await callApiIfFound(server, `reading ${reportDescription(api, namespace)}`, () =>
    call({ path: `${pathIn(api, namespace)}/${REPORT_NAME}` }),
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
    if (cause instanceof ApiStatusError && cause.status === 404)
      throw new LockstepError('CLUSTER_CONFLICT', [action]);
    throw clusterError(cause, server, action);
  }
}

/** Deletes the report if it did not change since it was read. Throws LockstepError. */
export async function deleteReport(
  { server, call }: Cluster,
  api: ReportApi,
  namespace: string,
  { uid, resourceVersion }: ReportResource,
): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } };
  await callApiIfFound(server, `deleting ${reportDescription(api, namespace)}`, () =>
    call({ method: 'DELETE', path: `${pathIn(api, namespace)}/${REPORT_NAME}`, body }),
  );
}

const createCall = (api: ReportApi, namespace: string, report: object): ApiCall => ({
  method: 'POST',
  path: pathIn(api, namespace),
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
): ApiCall => ({
  method: 'PATCH',
  path: `${pathIn(api, namespace)}/${REPORT_NAME}`,
  body: { ...api.fields, ...report, metadata: { uid, resourceVersion } },
  contentType: 'application/merge-patch+json',
});

const reportDescription = ({ kind }: ReportApi, namespace: string): string =>
  `${kind} ${namespace}/${REPORT_NAME}`;

const pathIn = ({ apiVersion, plural }: ReportApi, namespace: string): string =>
  `/apis/${apiVersion}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
