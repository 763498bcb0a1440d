import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { gitopsTool } from '../helpers/gitops/program.ts';
import { ROOT } from '../helpers/pages/pages.ts';

// The health scripts for both kinds, in the engine of Argo CD, with the settings that docs/tasks/argo-cd.md shows.

const SCRIPTS = join(ROOT, 'manifests', 'argo-cd', 'resource_customizations', 'lockstep.dev');
const read = (...path: readonly string[]) => parse(readFileSync(join(SCRIPTS, ...path), 'utf8'));

interface Health {
  readonly status: string;
  readonly message: string;
}

const { data: settings } = parse(readFileSync(join(ROOT, 'manifests', 'argo-cd', 'health.yaml'), 'utf8'));
const ask = gitopsTool(t, 'argocd');
const healthOf = (git: readonly object[]) => ask<(Health | null)[]>({ do: 'health', git, settings });

for (const kind of readdirSync(SCRIPTS)) {
  t.test(`Argo CD health of a ${kind}`, async (t) => {
    const { tests } = read(kind, 'health_test.yaml') as {
      readonly tests: readonly { readonly inputPath: string; readonly healthStatus: Health }[];
    };
    t.same(
      tests.map(({ inputPath }) => inputPath).sort(),
      readdirSync(join(SCRIPTS, kind, 'testdata')).map((name) => `testdata/${name}`),
      'each example has a test',
    );
    const found = await healthOf(tests.map(({ inputPath }) => read(kind, inputPath)));
    for (const [index, { inputPath, healthStatus }] of tests.entries())
      t.same(found[index], healthStatus, inputPath);
  });
}

t.test('without the settings, Argo CD has no health of these kinds', async (t) => {
  const policy = read('SecretPolicy', 'testdata', 'degraded_invalid.yaml');
  t.same(await ask({ do: 'health', git: [policy], settings: {} }), [null]);
});
