import { setTimeout as sleep } from 'node:timers/promises';
import { findCanaries } from '../../test/helpers/canary/canary.ts';
import type { Cluster } from '../../test/testbed/cluster/cluster.ts';
import type { ControllerReplica } from '../../test/testbed/lockstep/controller.ts';
import type { Lockstep } from '../../test/testbed/lockstep/lockstep.ts';
import type { Postgres } from '../../test/testbed/postgres/postgres.ts';

export interface SearchedLog {
  readonly name: string;
  readonly text: string;
  /** A text of a recorded refusal. An empty log would prove nothing. */
  readonly expected: string;
}

/** Milliseconds: lockstep writes its log out after 500 at the latest. */
const WRITTEN_OUT = 1000;

/** Every log that a Secret's values could have got into. */
export async function logsOf(
  cluster: Cluster,
  webhook: Lockstep,
  { daemon }: ControllerReplica,
  postgres: Postgres,
): Promise<readonly SearchedLog[]> {
  await sleep(WRITTEN_OUT);
  return [
    { name: "the webhook's log", text: webhook.logs(), expected: '"verdict":"denied"' },
    { name: "the controller's log", text: daemon.log(), expected: 'PasswordChangeStarted' },
    { name: "the server's log", text: postgres.log(), expected: 'ready to accept connections' },
    { name: "the API server's log", text: await cluster.apiServerLog(), expected: '[lockstep/placeholder]' },
    { name: 'the audit log', text: await cluster.auditLog(), expected: 'JWT_SECRET=placeholder/Enforce' },
  ];
}

/**
 * One line for each log, and one for all.
 *
 * @throws Error where a value is in one of them, or where a log is not the one that it should be.
 */
export function searchReport(logs: readonly SearchedLog[], values: readonly string[]): readonly string[] {
  const searched = logs.map(({ name, text, expected }) => {
    if (!text.includes(expected)) throw new Error(`${name} does not hold ${expected}, which it should`);
    return { name, bytes: Buffer.byteLength(text), hits: findCanaries(text, values).length };
  });
  const bytes = searched.reduce((sum, log) => sum + log.bytes, 0);
  const hits = searched.reduce((sum, log) => sum + log.hits, 0);
  const report = [...searched, { name: 'together', bytes, hits }].map(lineOf);
  if (hits > 0) throw new Error(`a value is in a log:\n${report.join('\n')}`);
  return report;
}

const lineOf = ({ name, bytes, hits }: { name: string; bytes: number; hits: number }): string =>
  `${name.padEnd(22)}${bytes.toLocaleString('en').padStart(10)} bytes searched, ${hits} hits`;
