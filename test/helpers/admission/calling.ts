import { once } from 'node:events';
import { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Test } from 'tap';
import { aReview, aSecretObject } from './review.ts';
import { post } from './serving.ts';

/** As an API server asks: it gives up after so many milliseconds. */
const TIMEOUT_MS = 3000;
const INTERVAL_MS = 150;
const KEPT_SOCKETS = 8;

interface Call {
  readonly path: '/mutate' | '/validate';
  readonly review: unknown;
  /** Matches the right answer. */
  readonly answer: RegExp;
}

const STALE_URL = {
  POSTGRES_USER: 'app',
  POSTGRES_PASSWORD: 'Vq7kQ2mX9sL4tR8w',
  POSTGRES_DB: 'app',
  DATABASE_URL: 'postgresql://app:Zr5nB1cK7hT3pY6d@db:5432/app',
};

const CALLS: readonly Call[] = [
  { path: '/validate', review: aReview(), answer: /"allowed":true/ },
  {
    path: '/validate',
    review: aReview({ object: aSecretObject({ JWT_SECRET: 'changeme' }) }),
    answer: /"allowed":false.*lockstep\/placeholder/,
  },
  {
    path: '/mutate',
    review: aReview({ name: 'reconciliation-secrets', object: aSecretObject(STALE_URL) }),
    answer: /"allowed":true.*"patch":/,
  },
];

export interface Calling {
  /** Ends the calls. Fails the test for each one without its right answer in time. */
  readonly stop: (t: Test) => Promise<void>;
}

interface Target {
  readonly port: number;
  readonly ca: string;
}

/**
 * Calls both webhooks several times a second, as an API server at another address than the attack. It calls from a
 * thread of its own, on kept and on new sockets.
 */
export function keepCalling(to: Target): Calling {
  const worker = new Worker(new URL(import.meta.url), { workerData: { calls: to } });
  return {
    stop: async (t) => {
      worker.postMessage('stop');
      const [{ count, wrong }] = await once(worker, 'message');
      await worker.terminate();
      t.ok(count >= CALLS.length, `${count} calls meanwhile`);
      t.same(wrong, [], 'each one has its right answer in time');
    },
  };
}

async function callUntilStopped(to: Target): Promise<void> {
  let isStopped = false;
  parentPort?.once('message', () => {
    isStopped = true;
  });
  const kept = new Agent({ keepAlive: true, maxSockets: KEPT_SOCKETS });
  const wrong: string[] = [];
  const calls: Promise<void>[] = [];

  async function ask({ path, review, answer }: Call, agent: Agent | false): Promise<void> {
    const options = { agent, signal: AbortSignal.timeout(TIMEOUT_MS) };
    const begin = performance.now();
    try {
      const { text } = await post(to, `${path}?timeout=3s`, JSON.stringify(review), options);
      if (!answer.test(text)) wrong.push(`${path}: ${text}`);
    } catch (error) {
      wrong.push(`${path}: ${error}, after ${Math.round(performance.now() - begin)} ms`);
    }
  }

  for (let count = 0; !isStopped || count < CALLS.length; count += 1) {
    const call = CALLS[count % CALLS.length];
    if (call !== undefined) calls.push(ask(call, count % 4 === 0 ? false : kept));
    await sleep(INTERVAL_MS);
  }
  await Promise.all(calls);
  parentPort?.postMessage({ count: calls.length, wrong });
}

if (!isMainThread && workerData?.calls !== undefined) await callUntilStopped(workerData.calls);
