import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster/cluster.ts';
import type { Place } from './lockstep/replica.ts';

/** The endpoints of lockstep's Service, and the forwarder that sends new connections to the ready ones. */
export interface Endpoints {
  /** Places that exist, ready or not. */
  set(places: readonly Place[]): void;
  /** Addresses of those that get new connections. */
  ready(): readonly string[];
}

const PROGRAM = join(import.meta.dirname, 'forwarder.ts');

/** Starts the forwarder at the Service's address. It is stopped with the cluster. */
export function startForwarder(
  cluster: Cluster,
  { address, port }: { readonly address: string; readonly port: number },
): Endpoints {
  const file = join(cluster.dir, 'endpoints.json');
  const set = (places: readonly Place[]) => {
    writeFileSync(`${file}.new`, JSON.stringify(places));
    renameSync(`${file}.new`, file);
  };
  set([]);
  const daemon = cluster.start({
    name: 'forwarder',
    command: process.execPath,
    args: [PROGRAM, address, String(port), file],
  });
  return { set, ready: () => readyIn(daemon.log()) };
}

function readyIn(log: string): readonly string[] {
  const last = log.trimEnd().split('\n').at(-1) ?? '';
  return last.split(' ').slice(1);
}
