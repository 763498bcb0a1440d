import { join, relative } from 'node:path';
import t from 'tap';
import { loadPolicies } from '../../../src/manifest/policies/policies.ts';
import { readTestCaseFiles } from '../../../src/manifest/policies/test-case-files.ts';

const POLICY =
  'apiVersion: lockstep.dev/v1alpha1\nkind: SecretPolicy\nmetadata: { name: shop }\nspec: { keys: { A: {} } }\n';
const CASES = '- { name: first, secret: {}, expect: { verdict: allow } }\n';
const NEXT = '- { name: second, secret: {}, expect: { verdict: deny } }\n';

const dir = t.testdir({
  'shop.yaml': POLICY,
  'shop.test.yaml': CASES + NEXT,
  deeper: { 'cart.json': POLICY, 'cart.test.yml': `# a word\n---\n${CASES}` },
  node_modules: { 'not-ours.test.yaml': '{' },
  '.hidden': { 'nor-this.test.yaml': '{' },
});

const found = async (...paths: readonly string[]) =>
  readTestCaseFiles(paths.map((path) => join(dir, path))).map(({ file, name, policy }) => [
    relative(dir, file),
    name,
    policy && relative(dir, policy),
  ]);

const SHOP = ['shop.test.yaml', 'shop', 'shop.yaml'];
const CART = ['deeper/cart.test.yml', 'cart', 'deeper/cart.json'];

t.test('cases are found in folders, by their policy, and by themselves, each file once', async (t) => {
  t.same(await found('.'), [CART, SHOP]);
  t.same(await found('shop.yaml', 'shop.test.yaml'), [SHOP]);
  t.same(await found('deeper/cart.json'), [CART]);
});

t.test('each case has its line, and what it does not say is as in a manifest', async (t) => {
  const [file] = readTestCaseFiles([join(dir, 'shop.yaml')]);
  t.same(
    file?.cases.map(({ line, content }) => [line, content.name]),
    [
      [1, 'first'],
      [2, 'second'],
    ],
  );
  t.match(file?.cases[0]?.content.secret, {
    type: 'Opaque',
    immutable: false,
    metadata: { namespace: 'default' },
  });
});

t.test('a case may name its day, whose key YAML 1.1 reads as true', async (t) => {
  const file = join(
    t.testdir({
      'a.test.yaml':
        '- { name: a, on: 2027-03-01, secret: { stringData: { no: x } }, expect: { verdict: allow } }',
    }),
    'a.test.yaml',
  );
  const [content] = readTestCaseFiles([file])[0]?.cases.map((one) => one.content) ?? [];
  t.match(content, { on: '2027-03-01', secret: { stringData: { no: 'x' } } });
});

t.test('skips test case files when it loads the policies of a folder', async (t) => {
  const { policies } = await loadPolicies(
    [join(dir, 'shop.yaml')],
    { dir: join(dir, 'deeper'), drop: [] },
    new Date(),
  );
  t.same(
    policies.map(({ name }) => name),
    ['shop'],
  );
});
