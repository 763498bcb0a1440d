import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { largeKinds, type RequestKind, smallKinds } from './admission/request-kinds.ts';
import { measureInTurn, medianOf, medianRatio, type Round } from './interleaved.ts';
import { type Lane, type Lanes, lanesTo } from './rows/reviews.ts';
import { microsecondsEach, startLockstep } from './servers/measured-server.ts';

/**
 * Compares the release of this checkout with that of another checkout, in one run, round by round. It exits with 1 if
 * anything is slower by more than the limit. Usage: `node bench/releases.ts OTHER_CHECKOUT`; both need `npm run build`
 * first.
 */
const LIMIT = 1.05;
const COMMAND_ROUNDS = 31;
/** Of each release. */
const PROCESSES = 6;
const ROUNDS_OF_PROCESS = 4;

type Release = 'now' | 'before';

/** Writes the CPU time of its process, in milliseconds, to file descriptor 3. */
const EXIT_METER = `data:text/javascript,${encodeURIComponent(
  `import { writeSync } from 'node:fs';
   process.on('exit', () => {
     const { user, system } = process.cpuUsage();
     writeSync(3, String((user + system) / 1000));
   });`,
)}`;

const [otherCheckout] = process.argv.slice(2);
if (otherCheckout === undefined) throw new Error('usage: node bench/releases.ts OTHER_CHECKOUT');
const releases = {
  now: join(import.meta.dirname, '..', 'dist', 'lockstep.js'),
  before: join(resolve(otherCheckout), 'dist', 'lockstep.js'),
};

const folder = await mkdtemp(join(tmpdir(), 'lockstep-releases-'));
const slower: string[] = [];
try {
  print(['work', 'now', 'before', 'ratio']);
  await compareReviews();
  await compareCommands();
} finally {
  await rm(folder, { recursive: true });
}
process.stdout.write(
  slower.length === 0
    ? `nothing is slower by more than ${Math.round((LIMIT - 1) * 100)} %\n`
    : `slower by more than ${Math.round((LIMIT - 1) * 100)} %: ${slower.join(', ')}\n`,
);
process.exitCode = slower.length === 0 ? 0 : 1;

/**
 * CPU time of one review, in microseconds. Two processes of one release differ by up to a tenth, for as long as they
 * live. So each release gets several processes, and the two releases take turns in being the first.
 */
async function compareReviews(): Promise<void> {
  const rounds = new Map<string, Round<Release>[]>();
  for (let turn = 0; turn < PROCESSES; turn += 1) {
    for (const [name, measured] of await reviewsOfNewProcesses(turn % 2 === 0))
      rounds.set(name, [...(rounds.get(name) ?? []), ...measured]);
  }
  for (const [name, measured] of rounds) report(`${name} µs`, measured);
}

async function reviewsOfNewProcesses(isNowFirst: boolean): Promise<[string, readonly Round<Release>[]][]> {
  const first = await startLockstep(folder, { release: isNowFirst ? releases.now : releases.before });
  const second = await startLockstep(folder, { release: isNowFirst ? releases.before : releases.now });
  const [now, before] = isNowFirst ? [first, second] : [second, first];
  try {
    const lanes = await lanesTo(folder, { now, before });
    const measured: [string, readonly Round<Release>[]][] = [];
    for (const kind of [...smallKinds(), ...largeKinds()])
      measured.push([kind.name, await reviewRounds(kind, lanes)]);
    return measured;
  } finally {
    now.stop();
    before.stop();
  }
}

async function reviewRounds(kind: RequestKind, lanes: Lanes<Release>): Promise<readonly Round<Release>[]> {
  for (const { connection } of Object.values(lanes))
    await connection.flood(kind.path, kind.bodies, kind.warmUp);
  const cost =
    ({ server, connection }: Lane) =>
    () =>
      microsecondsEach(server, connection, kind);
  return await measureInTurn(ROUNDS_OF_PROCESS, { now: cost(lanes.now), before: cost(lanes.before) });
}

/** CPU time of a command from start to end, in milliseconds. */
async function compareCommands(): Promise<void> {
  const one = join(folder, 'one.yaml');
  writeFileSync(one, secret('app', 1));
  const many = join(folder, 'many');
  mkdirSync(many);
  for (let number = 0; number < 500; number += 1)
    writeFileSync(join(many, `${number}.yaml`), secret(`app-${number}`, 20));
  for (const [name, args] of [
    ['check, one Secret ms', ['check', one]],
    ['check, 500 Secrets ms', ['check', many]],
    ['render, one Secret ms', ['render', one]],
  ] as const) {
    const rounds = await measureInTurn(COMMAND_ROUNDS, {
      now: () => cpuMilliseconds([releases.now, ...args]),
      before: () => cpuMilliseconds([releases.before, ...args]),
    });
    report(name, rounds);
  }
}

function secret(name: string, tokens: number): string {
  const password = 'f6n4edn8sxSTYnj3iSOKOhfD';
  const lines = [
    '  POSTGRES_USER: shop',
    `  POSTGRES_PASSWORD: ${password}`,
    '  POSTGRES_DB: shop',
    `  DATABASE_URL: postgresql://shop:${password}@db:5432/shop`,
    ...Array.from(
      { length: tokens },
      (_, number) => `  TOKEN_${number}: ${name}zQ7mW4kX9vB2nR6t${number}pL3`,
    ),
  ];
  return `apiVersion: v1\nkind: Secret\nmetadata: { name: ${name}, namespace: shop }\nstringData:\n${lines.join('\n')}\n`;
}

function cpuMilliseconds(args: readonly string[]): number {
  const { status, output } = spawnSync(process.execPath, ['--import', EXIT_METER, ...args], {
    env: {},
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  if (status !== 0) throw new Error(`${args.join(' ')}: ${status} ${output[2]}`);
  return Number(output[3]);
}

function report(name: string, rounds: readonly Round<Release>[]): void {
  const ratio = medianRatio(rounds, 'now', 'before');
  if (ratio > LIMIT) slower.push(name);
  print([name, medianOf(rounds, 'now').toFixed(0), medianOf(rounds, 'before').toFixed(0), ratio.toFixed(3)]);
}

function print(cells: readonly string[]): void {
  const [first = '', ...others] = cells;
  process.stdout.write(`${first.padEnd(28)}${others.map((cell) => cell.padStart(12)).join('')}\n`);
}
