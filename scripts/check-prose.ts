import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { breachesIn } from './prose/lint.ts';

/** The rules of docs/contribute/writing.md, as far as a program can check them. */
const FILES = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/**/*.md',
  'manifests/helm/README.md',
  'src/**/*.ts',
  'scripts/**/*.ts',
  'bench/**/*.ts',
  'test/helpers/**/*.ts',
];

const root = dirname(import.meta.dirname);
const files = globSync(FILES, { cwd: root }).sort();
if (files.length === 0) throw new Error(`no prose was found in ${root}`);
let breaches = 0;
for (const file of files)
  for (const { line, message } of await breachesIn(file, readFileSync(join(root, file), 'utf8'))) {
    console.log(`${file}:${line}: ${message}`);
    breaches++;
  }
console.log(`prose: ${breaches} breaches in ${files.length} files`);
process.exitCode = breaches === 0 ? 0 : 1;
