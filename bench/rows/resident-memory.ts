import { setTimeout as sleep } from 'node:timers/promises';
import { smallKinds } from '../admission/request-kinds.ts';
import { memoryOf } from '../process/memory.ts';
import { type MeasuredServer, startLockstep, startNoop } from '../servers/measured-server.ts';
import { figureOfAtMost, type Row } from '../table.ts';
import { lanesTo } from './reviews.ts';

const REVIEWS = 100_000;
const AIMS = { idle: 90, used: 120 };
/** lockstep collects its garbage within 13 s of the last review. V8 keeps the free pages for 8 s more. */
const SETTLE_MS = 22_000;

/** MiB that a new process holds, when idle and after many reviews of the four small kinds. */
export async function* memoryRows(folder: string): AsyncGenerator<Row> {
  const servers = { lockstep: await startLockstep(folder), noop: await startNoop(folder) };
  const held = (server: MeasuredServer) => memoryOf(server).now;
  try {
    await sleep(SETTLE_MS);
    yield {
      work: 'resident memory, idle (MiB)',
      noop: held(servers.noop),
      lockstep: held(servers.lockstep),
      aim: figureOfAtMost(AIMS.idle),
    };
    const { connection } = (await lanesTo(folder, servers)).lockstep;
    const kinds = smallKinds();
    for (const { path, bodies } of kinds) await connection.flood(path, bodies, REVIEWS / kinds.length);
    await sleep(SETTLE_MS);
    yield {
      work: 'resident memory, after 100,000 reviews (MiB)',
      lockstep: held(servers.lockstep),
      aim: figureOfAtMost(AIMS.used),
    };
  } finally {
    for (const server of Object.values(servers)) server.stop();
  }
}
