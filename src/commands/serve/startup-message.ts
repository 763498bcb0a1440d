import { join } from 'node:path';
import type { ServeConfig } from '../../config.ts';
import { pathsIn } from '../../tls/files.ts';
import type { ServingFiles } from '../../tls/renewal.ts';
import { leafOf } from '../../tls/serving.ts';

interface Running {
  readonly config: ServeConfig;
  readonly port: number;
  readonly metricsPort: number;
  readonly root: string;
  /** Their names. */
  readonly policies: readonly string[];
  readonly files: ServingFiles;
}

/** What a person sees who has started it: where it listens, and a line to try it with. */
export function greeting({ config, port, metricsPort, root, policies, files }: Running): string {
  const host = bracketed(config.host);
  const lines = [
    `lockstep answers reviews on https://${host}:${port}, and metrics and probes on http://${host}:${metricsPort}`,
    `policies: ${policies.join(', ') || 'none'}`,
    `certificate: ${config.certDir ?? 'in memory'}, valid until ${leafOf(files).validToDate.toISOString()}`,
    'a Secret with placeholders, to see it refused:',
    `  ${curl({ config, port, root, files })}`,
    '',
  ];
  return lines.join('\n');
}

function curl({ config, port, root, files }: Pick<Running, 'config' | 'port' | 'root' | 'files'>): string {
  const name = reachableAs(config.host);
  const trust = trustOf(config.certDir, files, name);
  const body = quoted(`@${join(root, 'manifests', 'samples', 'review.json')}`);
  return `curl -sS ${trust} -H 'content-type: application/json' --data-binary ${body} https://${bracketed(name)}:${port}/validate`;
}

/** curl can verify only what is on disk, and only the names that the certificate has. */
function trustOf(certDir: string | undefined, files: ServingFiles, name: string): string {
  const leaf = leafOf(files);
  const isNamed = (leaf.checkHost(name) ?? leaf.checkIP(name)) !== undefined;
  if (certDir === undefined || files.ca === '' || !isNamed) return '--insecure';
  return `--cacert ${quoted(pathsIn(certDir).ca)}`;
}

function reachableAs(host: string): string {
  return ['127.0.0.1', '::1', '::', '0.0.0.0'].includes(host) ? 'localhost' : host;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
