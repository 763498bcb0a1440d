/** Starts a cluster, prints its folder, and waits to be killed: what cluster.test.ts runs as another process. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster } from './cluster.ts';

const cluster = await startCluster();
process.stdout.write(`${cluster.dir}\n`);
await sleep(2 ** 31 - 1);
