import { ApiStatusError } from '../../../src/kube/client/api-error.ts';
import { type Cluster as Api, type ApiCall, connect } from '../../../src/kube/client/connect.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { applyOverlay } from '../../testbed/lockstep/install.ts';

export interface StolenToken {
  /** To call lockstep's own code with. */
  readonly api: Api;
  readonly kubeconfig: string;
  /** The refusal of the API server, or empty. */
  errorMessage(call: ApiCall): Promise<string>;
}

/** Installs lockstep without its pods. Resolves with a token of that ServiceAccount, as a thief has it. */
export async function stolenToken(cluster: Cluster, account: string): Promise<StolenToken> {
  await applyOverlay(cluster, 'manifests', { address: cluster.serviceIP(10), port: 443 });
  const kubeconfig = await cluster.serviceAccountKubeconfig('lockstep-system', account);
  const api = connect({ kubeconfig });
  const said = async (call: ApiCall): Promise<string> => {
    try {
      await api.call(call);
      return '';
    } catch (error) {
      if (!(error instanceof ApiStatusError)) throw error;
      return JSON.parse(error.body).message;
    }
  };
  return { api, kubeconfig, errorMessage: said };
}

export const jsonPatch = (path: string, body: readonly object[]): ApiCall => ({
  method: 'PATCH',
  path,
  body,
  contentType: 'application/json-patch+json',
});

export const mergePatch = (path: string, body: object): ApiCall => ({
  method: 'PATCH',
  path,
  body,
  contentType: 'application/merge-patch+json',
});

export const add = (path: string, value: unknown): object => ({ op: 'add', path, value });
