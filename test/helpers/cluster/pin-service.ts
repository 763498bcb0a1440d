import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Changes a copy of manifests/, so that the Service has an address on which a local process can listen. If the process
 * may not listen on 443, the Service has another port. All else stays.
 */
export function pinService(
  manifests: string,
  { address, port }: { readonly address: string; readonly port: number },
): void {
  const edit = (file: string, change: (text: string) => string) =>
    writeFileSync(join(manifests, file), change(readFileSync(join(manifests, file), 'utf8')));
  edit('base/service.yaml', (text) =>
    text.replace('spec:\n', `spec:\n  clusterIP: ${address}\n`).replace('port: 443', `port: ${port}`),
  );
  for (const file of ['base/mutating-webhook.yaml', 'base/validating-webhook.yaml']) {
    edit(file, (text) => text.replaceAll('port: 443', `port: ${port}`));
  }
}
