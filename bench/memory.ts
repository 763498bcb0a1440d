import { spawn } from 'node:child_process';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster } from '../test/testbed/cluster/cluster.ts';
import { installLockstep } from '../test/testbed/lockstep/lockstep.ts';
import { isReleaseStale } from '../test/testbed/lockstep/release.ts';
import { startReplica } from '../test/testbed/lockstep/replica.ts';
import { freePort } from '../test/testbed/process/ports.ts';
import { type BenchConnection, openConnections } from './admission/connections.ts';
import { review } from './admission/mixed-reviews.ts';
import { environmentOfImage } from './process/image-environment.ts';
import { memoryOf } from './process/memory.ts';

/**
 * The memory of the webhook of the release after 100,000 reviews in cluster mode, with the image's environment. A Node
 * that does nothing is the comparison. Most reviews are small, and each has another Secret. 30 % get a derived key, 10 %
 * are refused, and 1 % have 1 MiB.
 */
const REVIEWS = 100_000;
const AIM = 100;
const LOOK_AFTER = 10_000;

if (isReleaseStale()) throw new Error('the release is of another day; npm run build first');
await using cluster = await startCluster();
const lockstep = await installLockstep(cluster);
await lockstep.stop();
const { address, port } = lockstep;
const { pid } = (
  await startReplica(
    cluster,
    'measured',
    { address, port, metricsPort: await freePort(address) },
    {
      ...environmentOfImage(),
      LOCKSTEP_KUBECONFIG: await cluster.serviceAccountKubeconfig('lockstep-system', 'lockstep-webhook'),
    },
  )
).daemon;
const empty = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { env: {}, stdio: 'ignore' });
try {
  const lane = openConnections(port, await lockstep.ca(), {
    host: address,
    servername: 'lockstep-webhook.lockstep-system.svc',
  });
  row('when it is ready');
  for (let sent = 0; sent < REVIEWS; sent += LOOK_AFTER) {
    await lane.all(LOOK_AFTER, (number) => ask(lane, sent + number));
    row(`after ${sent + LOOK_AFTER} reviews`, sent + LOOK_AFTER === REVIEWS ? `aim ${AIM}` : '');
  }
  await sleep(30_000);
  row('half a minute later');
  print(`${'an empty Node'.padEnd(24)}${memoryOf(empty).now.toFixed(0).padStart(6)} MiB`);
} finally {
  empty.kill();
}

/** A server that answers nonsense would be small. */
async function ask(lane: BenchConnection, number: number): Promise<void> {
  const { path, body, isAllowed, isPatched } = review(number);
  const { response } = JSON.parse(await lane.post(path, body));
  if (response.allowed !== isAllowed || (response.patch !== undefined) !== isPatched)
    throw new Error(`review ${number} is not answered as it should be: ${JSON.stringify(response)}`);
}

function row(when: string, more = ''): void {
  const { now, peak } = memoryOf({ pid });
  print(
    `${when.padEnd(24)}${now.toFixed(0).padStart(6)} MiB, ${peak.toFixed(0)} MiB at most  ${more}`.trimEnd(),
  );
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
