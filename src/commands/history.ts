import { historyOf } from '../engine/history.ts';
import { connect } from '../kube/connect.ts';
import { readRecord } from '../kube/records.ts';
import { readSecret, type SecretPlace } from '../kube/stored-secrets.ts';
import { historyJson } from '../report/history-json.ts';
import { historyText } from '../report/history-text.ts';
import { recordIn } from './record-in.ts';
import type { Shell } from './shell.ts';

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
  const told = historyOf(place, record, held && { data: held.secret.data, written: held.written });
  stdout.write(format === 'json' ? historyJson(told) : historyText(told));
}
