import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { Test } from 'tap';
import { resetPeakMemory, residentMemory } from './process-memory.ts';
import { aReview, bytesOf } from './review.ts';
import { post } from './serving.ts';
import { aWebhookProcess, LIMIT_MIB } from './webhook-process.ts';

/**
 * The memory that may stay a minute after an attack, while small reviews continue. The C library keeps 150 MiB of 8,500
 * closed sockets for the next ones.
 */
const LEFTOVER_MIB = 170;
const COMES_BACK_MS = 60_000;

export const MIB = 1024 * 1024;

const review = bytesOf(aReview());
const { uid } = (JSON.parse(review.toString('utf8')) as { request: { uid: string } }).request;

/** A webhook's process as it is released, whose memory is watched. */
export interface AttackedWebhook {
  readonly to: { readonly port: number; readonly ca: string };
  /** A TLS socket on which nothing is sent yet. */
  readonly open: () => Promise<Socket>;
  /**
   * During the attack, small reviews are answered and memory stays below the limit. After `end`, memory is free
   * again.
   */
  readonly attack: (t: Test, begin: () => Promise<readonly Socket[]>) => Promise<void>;
}

export async function anAttackedWebhook(t: Test): Promise<AttackedWebhook> {
  const { pid, to } = await aWebhookProcess(t);
  const { port } = to;
  for (let round = 0; round < 100; round += 1) await post(to, '/validate', review);
  const before = residentMemory(pid).now;

  /** V8 collects garbage when it needs room. */
  async function comesBack(t: Test): Promise<void> {
    const deadline = Date.now() + COMES_BACK_MS;
    while (Date.now() < deadline && residentMemory(pid).now > before + LEFTOVER_MIB) {
      await post(to, '/validate', review);
      await sleep(20);
    }
    const { now } = residentMemory(pid);
    t.ok(now <= before + LEFTOVER_MIB, `${now} MiB afterwards, ${before} before`);
  }

  return {
    to,
    open: () =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port, ca: to.ca }, () => resolve(socket));
        socket.once('error', reject);
        // The other side may end it at any time from now on.
        socket.on('error', () => {});
      }),
    attack: async (t, begin) => {
      resetPeakMemory(pid);
      const sockets = await begin();
      for (let round = 0; round < 20; round += 1) {
        const { status, text } = await post(to, '/validate?timeout=3s', review);
        t.equal(status, 200, 'a small review is answered meanwhile');
        t.equal(JSON.parse(text).response.uid, uid);
      }
      const { peak } = residentMemory(pid);
      t.ok(peak < LIMIT_MIB, `at most ${peak} MiB of ${LIMIT_MIB} meanwhile`);
      for (const socket of sockets) socket.destroy();
      await comesBack(t);
    },
  };
}

/** Calls `act` so often, some calls at a time. */
export async function callsInParallel<Result>(
  count: number,
  atOnce: number,
  act: (index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await act(index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
