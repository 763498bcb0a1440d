import t from 'tap';

import { parseTemplate } from '../../../../src/engine/policy/template/template.ts';

t.test('reads names and defaults in the order of the text', async (t) => {
  t.same(parseTemplate('a-${B}-${c.d-e_f:-x y}${G:-}').references, [
    { name: 'B', fallback: undefined },
    { name: 'c.d-e_f', fallback: 'x y' },
    { name: 'G', fallback: '' },
  ]);
  t.same(parseTemplate('$B {C} $(D)').references, []);
});

t.test('reads a URL part by part, with text and names in a part', async (t) => {
  const { url } = parseTemplate(
    'postgresql+asyncpg://${U}:${P}@${H:-db}.svc:${N:-5432}/app_${D}?sslmode=${S:-disable}&pool=5',
  );
  t.equal(url?.scheme, 'postgresql+asyncpg');
  t.equal(url?.system, 'postgres');
  t.same(Object.fromEntries(url?.parts ?? []), {
    user: [{ name: 'U', fallback: undefined }],
    password: [{ name: 'P', fallback: undefined }],
    host: [{ name: 'H', fallback: 'db' }, '.svc'],
    port: [{ name: 'N', fallback: '5432' }],
    database: ['app_', { name: 'D', fallback: undefined }],
  });
  t.same(Object.fromEntries(url?.params ?? []), {
    sslmode: [{ name: 'S', fallback: 'disable' }],
    pool: ['5'],
  });
});

t.test('a default may hold what separates the parts of a URL', async (t) => {
  const { url } = parseTemplate('redis://:${P:-a:b@c/d?e}@[::1]:6379/0');
  t.same(url?.parts.get('password'), [{ name: 'P', fallback: 'a:b@c/d?e' }]);
  t.same(url?.parts.get('host'), ['[::1]']);
  t.same(url?.parts.get('port'), ['6379']);
});

t.test('encodes values for the form of the template', async (t) => {
  for (const [text, spelling] of [
    ['mongodb+srv://${U}:${P}@m/app', 'uri'],
    ['jdbc:postgresql://db/app?password=${P}', 'uri'],
    ['host=db password=${P}', 'keyword'],
    ['db:5432:app:app:${P}', 'plain'],
  ] as const) {
    t.equal(parseTemplate(text).encoding, spelling, text);
  }
  t.equal(parseTemplate('jdbc:postgresql://db/app?password=${P}').url, undefined, 'JDBC is always exact');
});

t.test('refuses a malformed template with a sentence', async (t) => {
  for (const [text, message] of [
    ['${A', 'has a "${" that is no ${KEY} or ${KEY:-default}'],
    ['${a b}', 'has a "${" that is no ${KEY} or ${KEY:-default}'],
    ['${A:-${B}}', 'has a "${" that is no ${KEY} or ${KEY:-default}'],
    ['a\rb', 'holds a control character'],
    ['${A}'.repeat(65), 'names more than 64 keys'],
    ['postgresql://', 'begins like a URL and is none'],
    ['postgresql://a@b@c/d', 'begins like a URL and is none'],
  ] as const) {
    t.throws(() => parseTemplate(text), { message }, text);
  }
});

t.test('a template may hold text of any script next to names', async (t) => {
  t.same(parseTemplate('\u{1f600}${A}\ue040\ud800${B}').whole, [
    '\u{1f600}',
    { name: 'A', fallback: undefined },
    '\ue040\ud800',
    { name: 'B', fallback: undefined },
  ]);
});

t.test('values in one text without quotes share it', async (t) => {
  const [first, second, other] = parseTemplate('a: ${A}-${B} ${C}\nb\n').references;
  t.same(first?.unquoted?.text, [
    { name: 'A', fallback: undefined },
    '-',
    { name: 'B', fallback: undefined },
  ]);
  t.equal(first?.unquoted?.text, second?.unquoted?.text);
  t.same(other?.unquoted?.text, [{ name: 'C', fallback: undefined }]);
});
