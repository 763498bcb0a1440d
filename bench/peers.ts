import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RequestKind, smallKinds } from './admission/request-kinds.ts';
import { measureInTurn, medianOf, medianRatio } from './interleaved.ts';
import { API_PATH, startPepr } from './peers/pepr.ts';
import { memoryOf } from './process/memory.ts';
import { type Lane, type Lanes, lanesTo, warmUp } from './rows/reviews.ts';
import { microsecondsEach, startLockstep, startNoop } from './servers/measured-server.ts';
import { printCells } from './table.ts';

/**
 * `npm run bench:peers`: lockstep next to Pepr, on the same reviews in turn. Pepr compares six words and derives one
 * key.
 */
const AIMS = { '/mutate': 0.4, '/validate': 0.7 };

const folder = await mkdtemp(join(tmpdir(), 'lockstep-bench-'));
try {
  printCells(['work', 'peer', 'lockstep', 'ratio', 'aim']);
  await compareWithPepr();
} finally {
  await rm(folder, { recursive: true });
}

async function compareWithPepr(): Promise<void> {
  const lockstep = await startLockstep(folder);
  const noop = await startNoop(folder);
  const pepr = await startPepr(folder);
  try {
    const lanes = await lanesTo(folder, { lockstep, noop, pepr: pepr.server });
    await sleep(5000);
    printMemory('idle', lanes);
    const kinds = smallKinds();
    for (const kind of kinds) await warmUp(kind, { lockstep: lanes.lockstep });
    for (const kind of kinds) await lanes.pepr.connection.flood(peprPath(kind), kind.bodies, kind.warmUp);
    for (const kind of kinds) await compareReviews(kind, lanes);
    printMemory('after these reviews', lanes);
  } finally {
    lockstep.stop();
    noop.stop();
    pepr.stop();
  }
}

function peprPath({ path }: RequestKind): string {
  return `${path}/${API_PATH}`;
}

async function compareReviews(kind: RequestKind, lanes: Lanes<'lockstep' | 'pepr'>): Promise<void> {
  await provePatch(kind, lanes.pepr);
  const cost =
    ({ server, connection }: Lane, path: string) =>
    () =>
      microsecondsEach(server, connection, { ...kind, path });
  const rounds = await measureInTurn(kind.rounds, {
    lockstep: cost(lanes.lockstep, kind.path),
    pepr: cost(lanes.pepr, peprPath(kind)),
  });
  const ratio = medianRatio(rounds, 'lockstep', 'pepr');
  const aim = AIMS[kind.path];
  printComparison(
    `${kind.name}, Pepr (µs)`,
    medianOf(rounds, 'pepr'),
    medianOf(rounds, 'lockstep'),
    ratio,
    `≤ ${aim}${ratio <= aim ? '' : ' missed'}`,
  );
}

/** Pepr does the same work: it admits the Secret, and adds or corrects the derived key. */
async function provePatch(kind: RequestKind, { connection }: Lane): Promise<void> {
  const { response } = JSON.parse(await connection.post(peprPath(kind), kind.bodies[0]!));
  const patch = Buffer.from(response.patch ?? '', 'base64').toString('utf8');
  if (response.allowed !== true || patch.includes('/data/DATABASE_URL') !== kind.isPatched)
    throw new Error(`Pepr does not answer ${kind.name} as it should: ${JSON.stringify(response)} ${patch}`);
}

function printMemory(when: string, { lockstep, pepr }: Lanes<'lockstep' | 'pepr'>): void {
  const [theirs, ours] = [memoryOf(pepr.server).now, memoryOf(lockstep.server).now];
  printComparison(`resident memory ${when}, Pepr (MiB)`, theirs, ours, ours / theirs, '-');
}

function printComparison(work: string, peer: number, lockstep: number, ratio: number, aim: string): void {
  printCells([work, peer.toFixed(0), lockstep.toFixed(0), ratio.toFixed(2), aim]);
}
