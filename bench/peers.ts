import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildBinaries } from '../test/testbed/binaries.ts';
import { type RequestKind, smallKinds } from './admission/request-kinds.ts';
import { measureInTurn, medianOf, medianRatio } from './interleaved.ts';
import { API_PATH, startPepr } from './peers/pepr.ts';
import { runCommand } from './process/child-cpu.ts';
import { memoryOf } from './process/memory.ts';
import { LOCKSTEP, MANIFESTS, writeManifests } from './rows/commands.ts';
import { type Lane, type Lanes, lanesTo, warmUp } from './rows/reviews.ts';
import { microsecondsEach, startLockstep, startNoop } from './servers/measured-server.ts';
import { printCells } from './table.ts';

/**
 * `npm run bench:peers`: lockstep next to Pepr and next to conftest, on the same reviews and the same files in turn.
 * Pepr compares six words and derives one key. conftest has six rules.
 */
const AIMS = { pepr: 0.4, conftest: 1 };
const COMMAND_ROUNDS = 15;

const folder = await mkdtemp(join(tmpdir(), 'lockstep-bench-'));
try {
  printCells(['work', 'peer', 'lockstep', 'ratio', 'aim']);
  await compareWithPepr();
  await compareWithConftest();
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
  printComparison(
    `${kind.name}, Pepr (µs)`,
    medianOf(rounds, 'pepr'),
    medianOf(rounds, 'lockstep'),
    ratio,
    ratio <= AIMS.pepr ? `≤ ${AIMS.pepr}` : `≤ ${AIMS.pepr} missed`,
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

async function compareWithConftest(): Promise<void> {
  const { conftest } = await buildBinaries(['conftest']);
  const files = join(folder, 'manifests');
  writeManifests(files);
  const policy = join(import.meta.dirname, 'peers', 'rego');
  const rounds = await measureInTurn(COMMAND_ROUNDS, {
    lockstep: () => runCommand(process.execPath, [LOCKSTEP, 'check', files]).cpuMs,
    conftest: () => runCommand(conftest, ['test', '--policy', policy, files], { HOME: folder }).cpuMs,
  });
  const ratio = medianRatio(rounds, 'lockstep', 'conftest');
  printComparison(
    `check of ${MANIFESTS} manifests, conftest (ms of CPU)`,
    medianOf(rounds, 'conftest'),
    medianOf(rounds, 'lockstep'),
    ratio,
    ratio < AIMS.conftest ? '< 1' : '< 1 missed',
  );
}

function printComparison(work: string, peer: number, lockstep: number, ratio: number, aim: string): void {
  printCells([work, peer.toFixed(0), lockstep.toFixed(0), ratio.toFixed(2), aim]);
}
