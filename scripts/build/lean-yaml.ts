import { join } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * The YAML library as it is for browsers: the same code, as ES modules. Its code for Node asks the environment at every
 * token whether to log it, and is bundled whole.
 */
export const leanYaml = (root: string): Plugin => ({
  name: 'lean-yaml',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^yaml$/ }, () => ({
      path: join(root, 'node_modules', 'yaml', 'browser', 'dist', 'index.js'),
      sideEffects: false,
    }));
  },
});
