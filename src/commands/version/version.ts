import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LockstepError } from '../../errors/errors.ts';
import { connect } from '../../kube/client/connect.ts';
import { type InstalledVersions, readInstalledVersions } from '../../kube/objects/own-deployments.ts';
import { objectText } from '../../manifest/write/object-text.ts';
import { printable } from '../../report/printable.ts';
import type { ClusterOptions } from '../cli/cluster-options.ts';
import type { Shell } from '../cli/shell.ts';

export interface VersionOptions extends ClusterOptions {
  readonly client?: boolean;
  readonly lockstepNamespace: string;
  readonly output?: 'text' | 'json' | 'yaml';
}

/** Prints the versions. Throws a LockstepError if the cluster can't be asked, after the version of this program. */
export async function version(options: VersionOptions, shell: Shell): Promise<void> {
  const { client = false, lockstepNamespace, output = 'text' } = options;
  const own: Versions = { client: { lockstep: ownVersion(shell), node: shell.nodeVersion } };
  const print = (versions: Versions): void =>
    void shell.stdout.write(output === 'text' ? versionText(versions) : objectText(versions, output));
  if (client) return print(own);
  try {
    const cluster = connect({ ...options, env: shell.env });
    print({ ...own, cluster: await readInstalledVersions(cluster, lockstepNamespace) });
  } catch (error) {
    // The own version needs no cluster, and a report of a fault begins with it.
    if (error instanceof LockstepError) print(own);
    throw error;
  }
}

interface Versions {
  readonly client: { readonly lockstep: string; readonly node: string };
  readonly cluster?: InstalledVersions;
}

/** The image and the package both hold the file. */
function ownVersion({ root }: Pick<Shell, 'root'>): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  return version;
}

function versionText({ client, cluster }: Versions): string {
  const lines = [`lockstep     ${client.lockstep} (Node ${client.node})`];
  if (cluster !== undefined) {
    lines.push(`Kubernetes   ${cluster.kubernetes}`);
    for (const [component, image] of Object.entries(cluster.images))
      lines.push(`${component.padEnd(13)}${image}`);
    if (Object.keys(cluster.images).length === 0) lines.push('lockstep is not installed in the cluster');
  }
  return `${lines.map(printable).join('\n')}\n`;
}
