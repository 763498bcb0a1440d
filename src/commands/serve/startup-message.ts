import { join } from 'node:path';
import type { ServeConfig } from '../../config/config.ts';
import { shellQuote } from '../../engine/diagnosis/secret-checks/commands.ts';
import { servingPaths } from '../../tls/files.ts';
import { leafOf, type ServingFiles } from '../../tls/serving.ts';

interface StartupInfo {
  readonly config: ServeConfig;
  readonly port: number;
  readonly metricsPort: number;
  /** The folder with the sample of a review, if there is one. */
  readonly root: string | undefined;
  readonly policies: readonly string[];
  readonly files: ServingFiles;
}

/** The message for a person who starts it: its address, and a command to try it. */
export function startupMessage({ config, port, metricsPort, root, policies, files }: StartupInfo): string {
  const host = bracketIpv6(config.host);
  const lines = [
    `lockstep answers reviews on https://${host}:${port}, and metrics and probes on http://${host}:${metricsPort}`,
    `policies: ${policies.join(', ') || 'none'}`,
    `certificate: ${config.certDir ?? 'in memory'}, valid until ${leafOf(files).validToDate.toISOString()}`,
    ...(root === undefined
      ? []
      : [
          'a Secret with placeholders, to see it refused:',
          `  ${curlExample({ config, port, root, files })}`,
        ]),
    '',
  ];
  return lines.join('\n');
}

function curlExample({
  config,
  port,
  root,
  files,
}: Pick<StartupInfo, 'config' | 'port' | 'files'> & { readonly root: string }): string {
  const name = clientHost(config.host);
  const trust = curlTrustOption(config.certDir, files, name);
  const body = shellQuote(`@${join(root, 'manifests', 'samples', 'review.json')}`);
  return `curl -sS ${trust} -H 'content-type: application/json' --data-binary ${body} https://${bracketIpv6(name)}:${port}/validate`;
}

/** curl can verify only a CA on disk, and only the names of the certificate. */
function curlTrustOption(certDir: string | undefined, files: ServingFiles, name: string): string {
  const leaf = leafOf(files);
  const isNamed = (leaf.checkHost(name) ?? leaf.checkIP(name)) !== undefined;
  if (certDir === undefined || files.ca === '' || !isNamed) return '--insecure';
  return `--cacert ${shellQuote(servingPaths(certDir).ca)}`;
}

function clientHost(host: string): string {
  return ['127.0.0.1', '::1', '::', '0.0.0.0'].includes(host) ? 'localhost' : host;
}

function bracketIpv6(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
