import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { compilePolicyFiles } from '../../../src/manifest/policies/compile-policies.ts';
import {
  readCompiledPolicies,
  writeCompiledPolicies,
} from '../../../src/manifest/policies/compiled-policies.ts';
import { loadPolicies } from '../../../src/manifest/policies/policies.ts';
import { readPolicyFiles } from '../../../src/manifest/policies/policy-files.ts';

const SHIPPED = join(import.meta.dirname, '..', '..', '..', 'manifests', 'policies');
const now = new Date('2026-11-25');

async function built(folder: string) {
  const dir = join(folder, 'policies');
  const compiledAt = join(folder, 'policies.bin');
  cpSync(SHIPPED, dir, { recursive: true });
  const files = readPolicyFiles([dir]);
  writeCompiledPolicies(compiledAt, files, compilePolicyFiles(files));
  return { dir, compiledAt, files };
}

t.test('the compiled policies equal the policy files', async (t) => {
  const { dir, compiledAt, files } = await built(t.testdir());
  t.same(readCompiledPolicies(compiledAt, files), compilePolicyFiles(files));
  const drop = ['jwt-keys'];
  t.same(await loadPolicies([], { dir, drop, compiledAt }, now), await loadPolicies([], { dir, drop }, now));
});

t.test('ignores compiled policies after a file was changed, added or renamed', async (t) => {
  const { dir, compiledAt, files } = await built(t.testdir());
  t.equal(readCompiledPolicies(compiledAt, files.slice(1)), undefined);
  t.equal(
    readCompiledPolicies(
      compiledAt,
      files.map(({ path, text }) => ({ path: `${path}x`, text })),
    ),
    undefined,
  );
  const jwt = join(dir, 'jwt-keys.yaml');
  writeFileSync(jwt, readFileSync(jwt, 'utf8').replace('name: jwt-keys', 'name: changed'));
  const { policies } = await loadPolicies([], { dir, drop: [], compiledAt }, now);
  t.ok(policies.some(({ name }) => name === 'changed'));
});

t.test('without a build, or with one of another Node, the files are read', async (t) => {
  const { dir, compiledAt, files } = await built(t.testdir());
  t.equal(readCompiledPolicies(`${compiledAt}.absent`, files), undefined);
  writeFileSync(compiledAt, 'something else');
  t.equal(readCompiledPolicies(compiledAt, files), undefined);
  t.equal((await loadPolicies([], { dir, drop: [], compiledAt }, now)).policies.length, files.length);
});
