import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Workspace } from './cluster/workspace.ts';
import type { Daemon } from './process/daemon.ts';

const STAGES = fileURLToPath(new URL('kwok/stages/', import.meta.url));

/** Plays the kubelet of every Node: no machine, no container; Pods bound to one become Running and Ready. */
export function startKwok(workspace: Workspace, binary: string, kubeconfig: string): Daemon {
  return workspace.start({
    name: 'kwok',
    command: binary,
    args: [
      `--kubeconfig=${kubeconfig}`,
      '--manage-all-nodes=true',
      // Without stage files kwok 0.8 does nothing.
      ...readdirSync(STAGES).map((file) => `--config=${STAGES}${file}`),
    ],
  });
}

/** Nodes `node-1` to `node-N`, as one list that kubectl applies. */
export function nodes(count: number): object {
  const items = Array.from({ length: count }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `node-${index + 1}` },
  }));
  return { apiVersion: 'v1', kind: 'List', items };
}
