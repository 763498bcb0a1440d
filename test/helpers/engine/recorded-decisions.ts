import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { decide, mutateSecret, validateSecret } from '../../../src/engine/review/decide/decide.ts';
import type { Decision } from '../../../src/engine/review/evaluation/decision.ts';
import { testContext } from './engine.ts';
import { type RecordedCase, recordedCases } from './recorded-secrets.ts';

export const COUNT = 10_000;
const FILE = new URL('../../data/recorded-decisions.txt', import.meta.url);

/** All that the webhooks and the commands would say and write about one Secret, as text. */
export function decisionsOf({ request, policies }: RecordedCase): string {
  const decisions = [mutateSecret, validateSecret, decide].map((by) => by(request, policies, testContext));
  return JSON.stringify(decisions.map(shown));
}

const shown = ({ changes, ...rest }: Decision) => ({
  ...rest,
  changes: changes.map(({ value, ...change }) => ({
    ...change,
    value: Buffer.from(value.reveal(), 'base64').toString('latin1'),
  })),
});

export const digestOf = (decisions: string): string =>
  createHash('sha256').update(decisions).digest('hex').slice(0, 8);

/** One digest for each case, in their order. */
export const recordedDigests = (): readonly string[] => readFileSync(FILE, 'utf8').trim().split(/\s+/);

/** After a wanted change of behaviour: `node test/helpers/engine/recorded-decisions.ts` records the decisions again. */
if (process.argv[1] === import.meta.filename) {
  const digests = [...recordedCases(COUNT)].map((one) => digestOf(decisionsOf(one)));
  const lines = Array.from({ length: COUNT / 10 }, (_, at) => digests.slice(at * 10, at * 10 + 10).join(' '));
  writeFileSync(FILE, `${lines.join('\n')}\n`);
}
