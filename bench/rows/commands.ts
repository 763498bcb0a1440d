import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { random } from '../admission/review-body.ts';
import { measureInTurn, medianOf, medianRatio } from '../interleaved.ts';
import { runCommand } from '../process/child-cpu.ts';
import { figureOfAtMost, type Row, ratioOfAtMost } from '../table.ts';

const LOCKSTEP = join(import.meta.dirname, '..', '..', 'dist', 'lockstep.js');
const AIM_OF_ONE = 2.5;
/** Milliseconds of CPU. */
const AIM_OF_MANY = 450;
const ROUNDS = 31;
const MANIFESTS = 300;
const MANY_ROUNDS = 9;

/**
 * `lockstep check`, from start to end, next to a Node that runs an empty file. The release has what V8 compiled for the
 * very Node that built it; another Node has to compile what it runs.
 */
export async function* commandRows(folder: string): AsyncGenerator<Row> {
  const [empty, one, many] = [join(folder, 'empty.mjs'), join(folder, 'one.yaml'), join(folder, 'many')];
  writeFileSync(empty, '');
  writeFileSync(one, manifest(0));
  writeManifests(many);
  const starts = await measureInTurn(ROUNDS, {
    noop: () => node([empty]).ms,
    lockstep: () => node([LOCKSTEP, 'check', one]).ms,
  });
  yield {
    work: 'check of one manifest (ms of time)',
    noop: medianOf(starts, 'noop'),
    lockstep: medianOf(starts, 'lockstep'),
    ratio: medianRatio(starts, 'lockstep', 'noop'),
    aim: ratioOfAtMost(AIM_OF_ONE),
  };
  const files = await measureInTurn(MANY_ROUNDS, {
    noop: () => node([empty]).cpuMs,
    lockstep: () => node([LOCKSTEP, 'check', many]).cpuMs,
  });
  yield {
    work: `check of ${MANIFESTS} manifests (ms of CPU)`,
    noop: medianOf(files, 'noop'),
    lockstep: medianOf(files, 'lockstep'),
    aim: figureOfAtMost(AIM_OF_MANY),
  };
}

const node = (args: readonly string[]) => runCommand(process.execPath, args);

/** Small Secrets, one in each file. */
function writeManifests(folder: string): void {
  mkdirSync(folder);
  for (let number = 0; number < MANIFESTS; number += 1)
    writeFileSync(join(folder, `app-${number}.yaml`), manifest(number));
}

function manifest(number: number): string {
  const password = random(`password ${number}`, 18).toString('base64url');
  return `apiVersion: v1
kind: Secret
metadata: { name: app-${number}, namespace: shop }
stringData:
  POSTGRES_USER: shop
  POSTGRES_PASSWORD: ${password}
  POSTGRES_DB: shop
  DATABASE_URL: postgresql://shop:${password}@db:5432/shop
  API_TOKEN: ${random(`token ${number}`, 24).toString('hex')}
`;
}
