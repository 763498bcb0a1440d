import { once } from 'node:events';
import { Agent } from 'node:https';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { aReview } from './review.ts';
import { post } from './serving.ts';

/** Reviews that are sent at the same moment, each named by its namespace. */
interface CallRequest {
  readonly to: { readonly port: number; readonly ca: string };
  readonly namespaces: readonly string[];
}

/** As an API server asks: it gives up after so many milliseconds. */
const TIMEOUT_MS = 3000;

/**
 * Sends requests from a thread of its own, which continues while the server validates. The sockets are open before, as
 * those of an API server are. Resolves with the `allowed` of each answer, or undefined if none came in time.
 */
export async function callAsApiServer(calls: CallRequest): Promise<readonly (boolean | undefined)[]> {
  const worker = new Worker(new URL(import.meta.url), { workerData: calls });
  const [allowed] = await once(worker, 'message');
  await worker.terminate();
  return allowed;
}

async function callAll({ to, namespaces }: CallRequest): Promise<readonly (boolean | undefined)[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: namespaces.length });
  const ask = async (namespace: string): Promise<boolean | undefined> => {
    const body = JSON.stringify(aReview({ namespace }));
    const given = { agent, signal: AbortSignal.timeout(TIMEOUT_MS) };
    const reply = await post(to, '/validate?timeout=3s', body, given).catch(() => undefined);
    return reply && JSON.parse(reply.text).response.allowed;
  };
  await Promise.all(namespaces.map(() => ask('quiet')));
  return await Promise.all(namespaces.map(ask));
}

if (!isMainThread && workerData?.namespaces !== undefined) parentPort?.postMessage(await callAll(workerData));
