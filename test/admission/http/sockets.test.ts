import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { aReview, bytesOf } from '../../helpers/admission/review.ts';
import { post } from '../../helpers/admission/serving.ts';
import { ROOT, serve, start } from '../../helpers/cluster/lockstep.ts';

/** As many as the API server may open at once. */
const SOCKETS = [25, 64, 200];
/** Seconds. Go ends an idle socket itself after 90; Node would after 5, most load balancers after 60. */
const GAPS = [95, 89, 75, 60, 30, 5];

const review = bytesOf(aReview());
const { uid } = (JSON.parse(review.toString('utf8')) as { request: { uid: string } }).request;

// The cases run in parallel, so all take as long as the longest gap. But the sockets of one case open after those of
// another: 1,500 handshakes at once would measure this machine.
t.jobs = SOCKETS.length * GAPS.length;

const certDir = t.testdir();
const run = (args: readonly string[]) =>
  start(t, { file: process.execPath, args: [join(ROOT, 'dist', 'lockstep.js'), ...args] });
const { port } = await serve(t, ['--cert-dir', certDir], {}, run);
const ca = readFileSync(join(certDir, 'ca.crt'), 'utf8');

let opened: Promise<unknown> = Promise.resolve();

for (const count of SOCKETS) {
  for (const [index, gap] of GAPS.entries()) {
    t.test(
      `fails no call with ${count} sockets at once, idle for ${gap} s`,
      { buffered: true },
      async (t) => {
        // Longer than any gap: a socket that is gone at the second burst was ended by lockstep.
        const agent = new Agent({
          keepAlive: true,
          maxSockets: count,
          maxFreeSockets: count,
          timeout: 200_000,
          // All cases together have more sockets than one address may open.
          localAddress: `127.0.0.${index + 2}`,
        });
        t.teardown(() => agent.destroy());
        const burst = () => Promise.all(Array.from({ length: count }, () => call(agent)));
        const first = opened.then(burst);
        opened = first;
        t.same(await first, Array(count).fill({ answered: true, reused: false }));
        await sleep(gap * 1000);
        t.same(await burst(), Array(count).fill({ answered: true, reused: true }));
      },
    );
  }
}

async function call(agent: Agent): Promise<{ answered: boolean; reused: boolean }> {
  const { status, text, reused } = await post({ port, ca }, '/mutate?timeout=3s', review, { agent });
  return { answered: status === 200 && JSON.parse(text).response.uid === uid, reused };
}
