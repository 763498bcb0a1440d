import { type Data, random, reviewBody } from '../admission/review-body.ts';
import { measureInTurn, medianOf } from '../interleaved.ts';
import { microsecondsEach, startLockstep, startNoop, startParsing } from '../servers/measured-server.ts';
import { figureOfAtMost, type Row } from '../table.ts';
import { lanesTo } from './reviews.ts';

const KEYS = 10_000;
const AIM_MS = 200;
const ROUNDS = 7;
const REQUESTS = 4;

/** Milliseconds for one Secret with as many keys as lockstep reads, half of them secrets. */
export async function* manyKeyRows(folder: string): AsyncGenerator<Row> {
  const lockstep = await startLockstep(folder);
  const servers = { noop: await startNoop(folder), parsing: await startParsing(folder), lockstep };
  try {
    const lanes = await lanesTo(folder, servers);
    const bodies = [1, 2].map((variant) => reviewBody('CREATE', 'app', manyKeys(variant)));
    for (const path of ['/mutate', '/validate'] as const) {
      const cost = (side: keyof typeof lanes) => async () =>
        (await microsecondsEach(lanes[side].server, lanes[side].connection, {
          path,
          bodies,
          requests: REQUESTS,
        })) / 1000;
      const sides = { noop: cost('noop'), parsing: cost('parsing'), lockstep: cost('lockstep') };
      await measureInTurn(3, sides);
      const rounds = await measureInTurn(ROUNDS, sides);
      const { response } = JSON.parse(await lanes.lockstep.connection.post(path, bodies[0]!));
      yield {
        work: `${path.slice(1)} 10,000 keys (ms)${response.allowed ? '' : ', refused'}`,
        noop: medianOf(rounds, 'noop'),
        parsing: medianOf(rounds, 'parsing'),
        lockstep: medianOf(rounds, 'lockstep'),
        aim: figureOfAtMost(AIM_MS),
      };
    }
  } finally {
    for (const server of Object.values(servers)) server.stop();
  }
}

function manyKeys(variant: number): Data {
  const value = (number: number) => random(`${variant} ${number}`, 24).toString('base64url');
  return Object.fromEntries(
    Array.from({ length: KEYS }, (_, number) => [
      number % 2 === 0 ? `SERVICE_${number}_TOKEN` : `SERVICE_${number}_NAME`,
      Buffer.from(value(number)),
    ]),
  );
}
