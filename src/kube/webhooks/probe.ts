import { LockstepError } from '../../errors.ts';
import { ask, Refusal } from '../client/api-error.ts';
import type { Call, Cluster } from '../client/connect.ts';
import { type ProbeVerdict, verdictOn } from './probe-result.ts';

/** The Secret of the CA, which is there from the install on: manifests/base. */
const NAME = 'lockstep-webhook-ca';

/**
 * Asks the API server to pretend that it writes the CA Secret, so that it calls `probe.lockstep.dev` as it would call lockstep for any Secret: by the
 * Service's name, with the configured caBundle. Nothing is stored. `as`: the user to impersonate, where the caller
 * is not the pods' ServiceAccount, of which alone that webhook is asked. Never rejects.
 */
export async function probe(
  { server, call }: Cluster,
  namespace: string,
  as?: string,
): Promise<ProbeVerdict> {
  const dryRun: Call = {
    method: 'PATCH',
    path: `/api/v1/namespaces/${namespace}/secrets/${NAME}`,
    query: { dryRun: 'All', fieldManager: 'lockstep-webhook' },
    // Admission is asked also of a patch that changes nothing.
    body: {},
    contentType: 'application/merge-patch+json',
    ...(as === undefined ? {} : { as }),
  };
  try {
    const { warnings } = await call(dryRun);
    return verdictOn({ kind: 'granted', warnings }, namespace);
  } catch (error) {
    if (error instanceof Refusal) return verdictOn(refused(error), namespace);
    return verdictOn({ kind: 'unasked', reason: await sentenceOf(error, server) }, namespace);
  }
}

function refused({ status, body }: Refusal) {
  return { kind: 'refused', status, message: messageIn(body) } as const;
}

function messageIn(body: string): string {
  try {
    const status: { message?: unknown } = JSON.parse(body);
    return typeof status.message === 'string' ? status.message : '';
  } catch {
    return '';
  }
}

async function sentenceOf(error: unknown, server: string): Promise<string> {
  const told = await ask(server, 'probing', () => Promise.reject(error)).catch((failure: unknown) => failure);
  return told instanceof LockstepError ? told.message : 'the API server could not be asked';
}
