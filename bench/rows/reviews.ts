import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchConnection, openConnections } from '../admission/connections.ts';
import {
  largeKinds,
  type RequestKind,
  repeatedKind,
  smallKinds,
  unmatchedKind,
} from '../admission/request-kinds.ts';
import { measureInTurn, medianOf, medianRatio } from '../interleaved.ts';
import {
  type MeasuredServer,
  microsecondsEach,
  startLockstep,
  startNoop,
  startParsing,
} from '../servers/measured-server.ts';
import { type Aim, type Row, ratioOfAtMost } from '../table.ts';

/** A server, and the connections to it. */
export interface Lane {
  readonly server: MeasuredServer;
  readonly connection: BenchConnection;
}

export type Lanes<Side extends string> = Readonly<Record<Side, Lane>>;

/** Against a server that only parses. */
const AIM_OF_1_MIB = ratioOfAtMost(1.1);
/** Against a server with a fixed answer. */
const AIM_OF_REPETITION = ratioOfAtMost(1.5);

/** CPU time of the whole process for one review, of lockstep and of the two other servers. */
export async function* reviewRows(folder: string): AsyncGenerator<Row> {
  const lockstep = await startLockstep(folder);
  const servers = { noop: await startNoop(folder), parsing: await startParsing(folder), lockstep };
  try {
    const lanes = await lanesTo(folder, servers);
    const [small, repeated, large] = [smallKinds(), repeatedKind(), largeKinds()];
    for (const kind of [...small, repeated]) await warmUp(kind, lanes);
    for (const kind of small) yield await reviewRow(kind, lanes, 'noop');
    yield await reviewRow(repeated, lanes, 'noop', AIM_OF_REPETITION);
    for (const kind of large) await warmUp(kind, lanes);
    for (const kind of large) yield await reviewRow(kind, lanes, 'parsing', AIM_OF_1_MIB);
  } finally {
    for (const server of Object.values(servers)) server.stop();
  }
}

/** The policy `no-placeholders` selects every Secret: without it, a Secret may match no policy. */
export async function* unmatchedRows(folder: string): AsyncGenerator<Row> {
  const lockstep = await startLockstep(folder, { args: ['--no-builtin', 'no-placeholders'] });
  const servers = { noop: await startNoop(folder), parsing: await startParsing(folder), lockstep };
  try {
    const lanes = await lanesTo(folder, servers);
    const kind = unmatchedKind();
    await warmUp(kind, lanes);
    yield await reviewRow(kind, lanes, 'noop');
  } finally {
    for (const server of Object.values(servers)) server.stop();
  }
}

export async function lanesTo<Side extends string>(
  folder: string,
  servers: Readonly<Record<Side, MeasuredServer>>,
): Promise<Lanes<Side>> {
  const ca = await readFile(join(folder, 'ca.crt'), 'utf8');
  const entries = Object.entries<MeasuredServer>(servers).map(([side, server]) => {
    const lane: Lane = { server, connection: openConnections(server.port, ca) };
    return [side, lane] as const;
  });
  return Object.fromEntries(entries) as Lanes<Side>;
}

async function reviewRow(
  kind: RequestKind,
  lanes: Lanes<'noop' | 'parsing' | 'lockstep'>,
  base: 'noop' | 'parsing',
  aim?: Aim,
): Promise<Row> {
  const cost =
    ({ server, connection }: Lane) =>
    () =>
      microsecondsEach(server, connection, kind);
  const rounds = await measureInTurn(kind.rounds, {
    noop: cost(lanes.noop),
    parsing: cost(lanes.parsing),
    lockstep: cost(lanes.lockstep),
  });
  return {
    work: kind.name,
    noop: medianOf(rounds, 'noop'),
    parsing: medianOf(rounds, 'parsing'),
    lockstep: medianOf(rounds, 'lockstep'),
    ratio: medianRatio(rounds, 'lockstep', base),
    ...(aim === undefined ? {} : { aim }),
  };
}

/** Runs every code path before it is measured, and proves that lockstep answers as it should. */
export async function warmUp(
  kind: RequestKind,
  lanes: Lanes<'lockstep'> & Readonly<Record<string, Lane>>,
): Promise<void> {
  await proveAnswer(lanes.lockstep.connection, kind);
  for (const { connection } of Object.values(lanes))
    await connection.flood(kind.path, kind.bodies, kind.warmUp);
}

/** A server that refused everything would be fast. */
async function proveAnswer(
  connection: BenchConnection,
  { name, path, bodies, isPatched }: RequestKind,
): Promise<void> {
  for (const body of bodies) {
    const { response } = JSON.parse(await connection.post(path, body));
    if (response.allowed !== true || (response.patch !== undefined) !== isPatched)
      throw new Error(`${name} is not answered as it should be: ${JSON.stringify(response)}`);
  }
}
