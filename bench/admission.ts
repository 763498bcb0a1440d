import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { type BenchConnection, openConnections } from './admission/connections.ts';
import { type RequestKind, requestKinds } from './admission/request-kinds.ts';
import { measureInTurn, median, medianRatio } from './interleaved.ts';
import { microsecondsEach, startBare, startLockstep } from './measured.ts';

/**
 * CPU per request of the release (`dist/lockstep.js serve`, log and metrics on) against a bare server that only parses
 * the same body. Both are children with the same Node, certificate and connections, and take turns in one run: what the
 * machine does meanwhile happens to both.
 */
const folder = await mkdtemp(join(tmpdir(), 'lockstep-bench-'));
const lockstep = await startLockstep(folder);
const bare = await startBare(folder);
try {
  const ca = await readFile(join(folder, 'ca.crt'), 'utf8');
  const lanes = { lockstep: openConnections(lockstep.port, ca), bare: openConnections(bare.port, ca) };
  print(['work', 'lockstep µs', 'bare µs', 'ratio', 'target']);
  for (const work of requestKinds()) print(await row(work, lanes));
} finally {
  lockstep.stop();
  bare.stop();
  await rm(folder, { recursive: true });
}

async function row(
  work: RequestKind,
  lanes: Record<'lockstep' | 'bare', BenchConnection>,
): Promise<readonly string[]> {
  const ours = () => microsecondsEach(lockstep, lanes.lockstep, work);
  const theirs = () => microsecondsEach(bare, lanes.bare, work);
  await check(lanes.lockstep, work);
  await measureInTurn(work.warmUp, ours, theirs);
  const rounds = await measureInTurn(work.rounds, ours, theirs);
  return [
    work.name,
    median(rounds.map(({ first }) => first)).toFixed(0),
    median(rounds.map(({ second }) => second)).toFixed(0),
    medianRatio(rounds).toFixed(2),
    `${work.target}`,
  ];
}

/** A server that refused everything would be fast. */
async function check(lane: BenchConnection, work: RequestKind): Promise<void> {
  const { response } = JSON.parse(await lane.post(work.path, work.body));
  if (response.allowed !== true || (response.patch !== undefined) !== work.isPatched)
    throw new Error(`${work.name} is not answered as it should be: ${JSON.stringify(response)}`);
}

function print(cells: readonly string[]): void {
  const [first = '', ...others] = cells;
  process.stdout.write(`${first.padEnd(24)}${others.map((cell) => cell.padStart(13)).join('')}\n`);
}
