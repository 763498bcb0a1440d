import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import { historyOf } from '../../engine/history/history.ts';
import { toldLogin } from '../../engine/history/login-history.ts';
import { LockstepError } from '../../errors.ts';
import { type Cluster, connect } from '../../kube/client/connect.ts';
import { readRecord } from '../../kube/record/records.ts';
import { readSecret, type SecretPlace } from '../../kube/secrets/stored-secrets.ts';
import { historyJson } from '../../report/history/history-json.ts';
import { historyText } from '../../report/history/history-text.ts';
import { credentialsIn } from '../adapters/credentials.ts';
import type { Shell } from '../cli/shell.ts';
import { recordIn } from '../secret-session/require-record.ts';

export interface HistoryOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly format: 'text' | 'json';
}

/** Prints the versions of a Secret. Throws LockstepError. */
export async function history(
  place: SecretPlace,
  { kubeconfig, context, format }: HistoryOptions,
  { stdout }: Pick<Shell, 'stdout'>,
): Promise<void> {
  const cluster = connect({ kubeconfig, context });
  const [held, found] = await Promise.all([readSecret(cluster, place), readRecord(cluster, place)]);
  const { record } = recordIn(found, place, held !== undefined);
  const credential = record.login && (await credentialOf(cluster, place));
  const login = toldLogin(record, credential, new Date());
  const told = historyOf(place, record, held && { data: held.secret.data, written: held.written }, login);
  stdout.write(format === 'json' ? historyJson(told) : historyText(told));
}

/** Who may read Secrets may not read these everywhere: then their schedule is not told. */
async function credentialOf(cluster: Cluster, place: SecretPlace): Promise<PostgresCredential | undefined> {
  try {
    return (await credentialsIn(cluster, place.namespace)).of(place);
  } catch (error) {
    if (error instanceof LockstepError) return undefined;
    throw error;
  }
}
