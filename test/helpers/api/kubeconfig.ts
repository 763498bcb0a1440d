import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

/** A kubeconfig file for an API server that a test plays, but for the fields of `extra`. JSON, which is YAML. */
export function kubeconfigFor(t: Test, server: string, extra: object = {}): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'here', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'me', user: { token: 'canary-token' } }],
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'me' } }],
    'current-context': 'here',
    ...extra,
  };
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-kubeconfig-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'kubeconfig');
  writeFileSync(path, JSON.stringify(config));
  return path;
}
