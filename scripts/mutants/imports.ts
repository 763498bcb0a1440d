import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

/** A test, and how many imports lie between it and each file that it reaches. */
export interface TestReach {
  readonly test: string;
  readonly distances: ReadonlyMap<string, number>;
}

/** These need a cluster, a server or a release, and one of them takes longer than all the others. */
const TESTS_WITH_SERVERS = ['test/testbed/', 'test/cluster/', 'test/crash-matrix/', 'test/external-secrets/'];

/** The tests that need nothing but Node. */
export function unitTests(root: string): readonly TestReach[] {
  const imports = new Map<string, readonly string[]>();
  const importsOf = (file: string): readonly string[] => {
    const known = imports.get(file) ?? readImports(file);
    imports.set(file, known);
    return known;
  };
  const barred = TESTS_WITH_SERVERS.map((folder) => join(root, folder));
  return globSync('test/**/*.test.ts', { cwd: root })
    .sort()
    .map((test) => importDistances(join(root, test), importsOf))
    .filter(({ distances }) =>
      [...distances.keys()].every((file) => !barred.some((folder) => file.startsWith(folder))),
    );
}

function importDistances(test: string, importsOf: (file: string) => readonly string[]): TestReach {
  const distances = new Map([[test, 0]]);
  // A Map is walked to its end, also over what is added meanwhile.
  for (const [file, distance] of distances)
    for (const imported of importsOf(file))
      if (!distances.has(imported)) distances.set(imported, distance + 1);
  return { test, distances };
}

const readImports = (file: string): readonly string[] =>
  ts
    .preProcessFile(readFileSync(file, 'utf8'))
    .importedFiles.filter(({ fileName }) => fileName.startsWith('.') && fileName.endsWith('.ts'))
    .map(({ fileName }) => resolve(dirname(file), fileName))
    .filter((imported) => existsSync(imported));
