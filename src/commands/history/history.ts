import { readRecordAndSecret, requireRecord } from '../../controllers/secret-session/record-session.ts';
import type { ServerCredential } from '../../engine/login/credential-schema/compile.ts';
import { LOGIN_SYSTEMS } from '../../engine/login/server-kinds/kinds.ts';
import { loginHistoryOf } from '../../engine/login/status/login-history.ts';
import { forLogin } from '../../engine/secret/record/login-record.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { type History, historyOf } from '../../engine/versions/history/history.ts';
import { LockstepError } from '../../errors/errors.ts';
import { type Cluster, connect } from '../../kube/client/connect.ts';
import { readRecord } from '../../kube/record/records.ts';
import { readSecret } from '../../kube/secrets/stored-secrets.ts';
import { objectText } from '../../manifest/write/object-text.ts';
import { historyObject } from '../../report/history/history-object.ts';
import { historyText } from '../../report/history/history-text.ts';
import { credentialsOfSecret, readCredentialStore } from '../adapters/credentials.ts';
import type { SecretOptions } from '../cli/cluster-options.ts';
import type { Shell } from '../cli/shell.ts';

export interface HistoryOptions extends SecretOptions {
  readonly output?: 'text' | 'wide' | 'json' | 'yaml';
}

/** Prints the versions of a Secret. Throws LockstepError. */
export async function history(
  ref: SecretRef,
  { kubeconfig, context, output }: HistoryOptions,
  { stdout, env }: Pick<Shell, 'stdout' | 'env'>,
): Promise<void> {
  const cluster = connect({ kubeconfig, context, env });
  const { observed, lookup } = await readRecordAndSecret(
    ref,
    (ref) => readRecord(cluster, ref),
    (ref) => readSecret(cluster, ref),
  );
  const { record } = requireRecord(lookup, ref, observed !== undefined);
  const logins = LOGIN_SYSTEMS.flatMap((system) => forLogin(record, system).login ?? []);
  const credentials = logins.length === 0 ? [] : await readCredentials(cluster, ref);
  const now = new Date();
  const loginHistories = logins.map((login) => {
    const credential = credentials.find(({ spec }) => spec.keys.system === login.system);
    return loginHistoryOf(login, record.versions, credential, now);
  });
  const versionHistory = historyOf(
    ref,
    record,
    observed && { data: observed.secret.data, written: observed.written },
    loginHistories,
  );
  stdout.write(textOf(versionHistory, output));
}

function textOf(versionHistory: History, output: HistoryOptions['output']): string {
  switch (output) {
    case 'json':
    case 'yaml':
      return objectText(historyObject(versionHistory), output);
    default:
      return historyText(versionHistory, output === 'wide');
  }
}

/** A user who may read Secrets may lack the right to read credentials. The schedule is then omitted. */
async function readCredentials(cluster: Cluster, ref: SecretRef): Promise<readonly ServerCredential[]> {
  try {
    return credentialsOfSecret(await readCredentialStore(cluster, ref.namespace), ref);
  } catch (error) {
    if (error instanceof LockstepError) return [];
    throw error;
  }
}
