import { basename, join } from 'node:path';
import process from 'node:process';
import type { Plugin } from 'esbuild';

/** Its tables take 7 ms to unpack, and are asked only of a password outside ASCII: they are unpacked then. */
export function lazySaslprep(root: string): Plugin {
  return {
    name: 'lazy-saslprep',
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^@mongodb-js\/saslprep$/ }, ({ kind }) =>
        kind === 'import-statement' ? { path: 'saslprep', namespace: 'lazy' } : undefined,
      );
      onLoad({ filter: /^saslprep$/, namespace: 'lazy' }, () => ({
        contents: "export const saslprep = (text) => require('@mongodb-js/saslprep')(text);",
        resolveDir: root,
      }));
    },
  };
}

/** Files with a large library or a large table behind them, each with its functions. Many runs need none of them. */
const LAZY_FILES: Readonly<Record<string, readonly string[]>> = {
  'src/engine/policy/pattern.ts': ['compilePattern', 'patternOf', 'keepPattern', 'releasePattern'],
  'src/engine/policy/cel/compile-rule.ts': ['compileRule', 'ruleOf', 'keepRule', 'releaseRule'],
  'src/commands/pod/compilers.ts': ['compilePolicy', 'compileCredential'],
  'src/kube/client/kubeconfig.ts': ['readKubeconfig', 'readCurrentNamespace'],
  'src/kube/record/index.ts': ['parseIndex'],
  'src/tls/signed-certificate.ts': ['generate'],
};

/** Each is an entry of the build, and so a chunk with its own name. */
export const LAZY_LIBRARY_FILES = Object.keys(LAZY_FILES);

/** Loads each of these files with its library when one of its functions is called first: not all callers can wait for an `import()`. */
export function lazyLibraries(files: readonly string[]): Plugin {
  return {
    name: 'lazy-libraries',
    setup: ({ onResolve, onLoad }) => {
      for (const file of files) {
        const name = basename(file, '.ts');
        onResolve({ filter: new RegExp(`/${name}\\.ts$`) }, ({ path, kind, resolveDir }) =>
          kind === 'import-statement' && join(resolveDir, path).endsWith(file)
            ? { path: name, namespace: 'lazy' }
            : undefined,
        );
        onResolve({ filter: new RegExp(`^\\./${name}\\.js$`), namespace: 'lazy' }, ({ path }) => ({
          path,
          external: true,
        }));
        onLoad({ filter: new RegExp(`^${name}$`), namespace: 'lazy' }, () => ({
          contents: (LAZY_FILES[file] ?? [])
            .map(
              (member) => `export const ${member} = (...args) => require('./${name}.js').${member}(...args);`,
            )
            .join('\n'),
        }));
      }
    },
  };
}

const BUILTINS =
  /^(?:node:)?(buffer|child_process|crypto|events|fs|fs\/promises|module|net|os|path|process|url|util|v8|vm)$/;

/**
 * Node's own modules without `import`, which reads each of their properties: those of `process` and `fs` alone open the
 * terminal's streams. A module is opened by the first call of one of its functions.
 */
export const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: BUILTINS }, ({ path, importer }) =>
      importer.includes('/node_modules/')
        ? undefined
        : { path: path.replace(/^node:/, ''), namespace: 'imported' },
    );
    // commander wants it for programs beside it, and there are none.
    onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
      importer.includes('/node_modules/commander/') ? { path, namespace: 'unused-builtin' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'unused-builtin' }, () => ({ contents: 'module.exports = {};' }));
    onLoad({ filter: /.*/, namespace: 'imported' }, ({ path }) => ({ contents: imported(path) }));
  },
};

/** What is not used of it is left out by the build. */
function imported(name: string): string {
  const members = Object.entries(process.getBuiltinModule(name) ?? {}).filter(
    ([member]) => member !== 'default',
  );
  return `let $opened;
const $open = () => ($opened ??= ${opening(name)});
const $get = (member) => $open()[member];
export default /* @__PURE__ */ $open();
${members.map(([member, value]) => `export ${declaration(name, member, value)}`).join('\n')}`;
}

/** @internal Exported for tests. */
export function declaration(name: string, member: string, value: unknown): string {
  if (isPlainFunction(member, value)) return `const ${member} = (...args) => $open().${member}(...args);`;
  // `new X509Certificate(pem)`: the program asks no object of node:crypto for its class, and uses no static member.
  if (name === 'crypto' && typeof value === 'function')
    return `function ${member}(...args) { return new ($open().${member})(...args); }`;
  return `const ${member} = /* @__PURE__ */ $get('${member}');`;
}

/**
 * Not a class, and nothing hangs on it, as `custom` does on `inspect`. A function of the runtime itself, such as
 * `timingSafeEqual`, has no name of its own.
 */
const isPlainFunction = (member: string, value: unknown): boolean =>
  typeof value === 'function' && /^[a-z]/.test(member) && Object.keys(value).length === 0;

const opening = (name: string): string =>
  name === 'process' ? 'globalThis.process' : `process.getBuiltinModule('node:${name}')`;
