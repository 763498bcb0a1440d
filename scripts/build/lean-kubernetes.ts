import { join } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * lockstep uses only KubeConfig of the Kubernetes client, for the options of an HTTPS call. Without the generated
 * classes and undici, a process that talks to a cluster takes some 20 MB less.
 */
export function leanKubernetes(root: string): Plugin {
  const folder = join(root, 'node_modules', '@kubernetes', 'client-node', 'dist');
  return {
    name: 'lean-kubernetes',
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({ path: join(folder, 'config.js') }));
      onResolve({ filter: /^(\.\/gen\/index\.js|undici)$/ }, ({ path, importer }) =>
        importer.includes('client-node') ? { path, namespace: 'unused' } : undefined,
      );
      onLoad({ filter: /gen/, namespace: 'unused' }, () => ({
        contents: 'export const createConfiguration = undefined, ServerConfiguration = undefined;',
      }));
      onLoad({ filter: /^undici$/, namespace: 'unused' }, () => ({
        contents: 'export const Agent = undefined, ProxyAgent = undefined;',
      }));
    },
  };
}
