import { join } from 'node:path';
import type { Plugin } from 'esbuild';

/** What `src/main.ts` imports of `commands/program.ts`, a release takes from the file that the build has made of it. */
export const released: Plugin = {
  name: 'released',
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/commands\/program\.ts$/ }, () => ({
      path: join(import.meta.dirname, 'released-program.ts'),
    }));
  },
};
