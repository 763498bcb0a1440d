import { pathToFileURL } from 'node:url';
import { type Plugin, transform } from 'esbuild';

type Assets = typeof import('../../src/report/audit/html/assets.ts');

/**
 * Replaces the module that reads the sources of the HTML report by one that holds them, without comments and spaces.
 */
export const embedPage: Plugin = {
  name: 'embed-page',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\/report\/audit\/html\/assets\.ts$/ }, async ({ path }) => {
      const { PAGE, STYLE, SCRIPT }: Assets = await import(pathToFileURL(path).href);
      const minify = async (text: string, loader: 'css' | 'js') =>
        (await transform(text, { loader, minifyWhitespace: true, minifySyntax: true })).code;
      const assets = { PAGE, STYLE: await minify(STYLE, 'css'), SCRIPT: await minify(SCRIPT, 'js') };
      return {
        contents: Object.entries(assets)
          .map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};\n`)
          .join(''),
      };
    });
  },
};
