import t from 'tap';
import { parse } from 'yaml';
import { goTemplatesOf } from '../../../src/engine/review/decide/go-template.ts';
import { externalTemplate } from '../../../src/manifest/write/external-template.ts';
import { aPolicy, builtins } from '../../helpers/engine/engine.ts';

function printed(keys: object): { readonly text: string; readonly data: Record<string, string> } {
  const policy = aPolicy('shop', { keys });
  const text = externalTemplate(policy, goTemplatesOf(policy));
  return { text, data: parse(text).spec.target.template.data };
}

t.test('prints the template of an ExternalSecret, which keeps the fetched keys', async (t) => {
  const policy = builtins.find(({ name }) => name === 'reconciliation')!;
  const text = externalTemplate(policy, goTemplatesOf(policy));
  const { template } = parse(text).spec.target;
  t.match(template, { engineVersion: 'v2', mergePolicy: 'Merge' });
  t.same(Object.keys(template.data), ['DATABASE_URL'], 'as it is, it works without REDIS_PASSWORD');
  t.match(text, /If REDIS_PASSWORD is fetched as well, remove the # .*\n.*\n +# REDIS_URL: 'redis:/);
  t.match(
    text,
    /must fetch POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, and may fetch\n# POSTGRES_HOST, POSTGRES_PORT\./,
  );
  t.match(text, '# POSTGRES_USER may be fetched as postgres-user,');
});

t.test('YAML reads back any template', async (t) => {
  const templates = [
    `it's "quoted" # not a comment: \${A}`,
    'é€😀 ${A}\u2028\u0085',
    '- ${A}',
    '{{ ${A} }}',
    '${A:-"\\}',
  ];
  const keys = Object.fromEntries(
    templates.map((template, index) => [`K${index}`, { derive: { template } }]),
  );
  const { data } = printed({ A: {}, ...keys });
  const wanted = goTemplatesOf(aPolicy('shop', { keys: { A: {}, ...keys } }));
  t.same(data, Object.fromEntries(wanted.map(({ key, text }) => [key, text])));
});

t.test('names that YAML reads as something else are names', async (t) => {
  const derive = { template: 'x-${A}' };
  const { data } = printed({
    A: {},
    '1': { derive },
    yes: { derive },
    false: { derive },
    null: { derive },
    '.a': { derive },
  });
  t.same(Object.keys(data).sort(), ['.a', '1', 'false', 'null', 'yes']);
});

t.test('lists keys that a template can not compute in a comment', async (t) => {
  const { text, data } = printed({
    A: {},
    ONE: { derive: { template: 'x-${A}' } },
    TWO: { derive: { template: 'y-${ONE}' } },
  });
  t.same(Object.keys(data), ['ONE']);
  t.match(text, '# TWO is left out: ONE is derived itself');
});

t.test('reports a key that is derived only next to other keys', async (t) => {
  const { text } = printed({ A: {}, ONE: { derive: { template: 'x-${A}', addWith: ['A'] } } });
  t.match(text, '# Only where A is there as well');
});
