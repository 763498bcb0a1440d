import { type Metafile, type OutputFile, transform } from 'esbuild';

/** The chunks that these source files need before they run: without those that an `import()` loads later. */
export function importedChunks({ outputs }: Metafile, sources: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    for (const { path: imported, kind, external } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && external !== true) add(imported);
  };
  for (const source of sources) {
    const chunk = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === source);
    if (chunk === undefined) throw new Error(`nothing imports ${source} by import()`);
    add(chunk);
  }
  return found;
}

/** Its code as one expression: a function. ASCII takes one byte a character, also in memory. */
export async function chunkFunction({ text }: OutputFile): Promise<string> {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    charset: 'ascii',
    minifyWhitespace: true,
    minifySyntax: true,
    // An `import()` becomes a promise of `require`, which is the one of scripts/build/program.ts.
    supported: { 'dynamic-import': false },
  });
  return `(function(require,module,exports,__dirname){${code}})`;
}
