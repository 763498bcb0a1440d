import t from 'tap';
import { parseTemplate } from '../../../src/engine/policy/template.ts';
import {
  aCreate,
  anUpdate,
  aPolicy,
  GOOD,
  mutated,
  sentences,
  validated,
  writtenValues,
} from '../../helpers/engine/engine.ts';

const CNF = '[client]\nuser=${USER:-app}\npassword="${PASSWORD}"\n';
const ENV =
  "PASSWORD='${PASSWORD}'\nURL=postgresql://${USER:-app}:${PASSWORD}@db:5432/app\nPLAIN=${PASSWORD}\n";

const withFile = (template: string, more: object = {}) =>
  aPolicy('files', { keys: { PASSWORD: {}, USER: {}, FILE: { derive: { template }, ...more } } });

const file = (template: string, values: object) =>
  writtenValues(mutated(aCreate(values as never), [withFile(template)])).FILE;

t.test('a template with several lines is filled in as it stands', async (t) => {
  const PASSWORD = GOOD.password;
  t.equal(file(CNF, { PASSWORD }), `[client]\nuser=app\npassword="${PASSWORD}"\n`);
  t.equal(
    file(ENV, { PASSWORD, USER: 'recon' }),
    `PASSWORD='${PASSWORD}'\nURL=postgresql://recon:${PASSWORD}@db:5432/app\nPLAIN=${PASSWORD}\n`,
  );
  t.equal(file('a\n${PASSWORD}\nb', { PASSWORD: 'x"y\nz' }), 'a\nx"y\nz\nb', 'a whole line holds any text');
  t.equal(file('a\nU="redis://:${PASSWORD}@r"', { PASSWORD: 'p"@ s' }), 'a\nU="redis://:p%22%40%20s@r"');
});

t.test('the value always equals the template, and follows its base keys', async (t) => {
  const before = { PASSWORD: 'before-1', FILE: '[client]\nuser=app\npassword="before-1"\n' };
  const request = anUpdate(before, { ...before, PASSWORD: GOOD.password });
  t.same(writtenValues(mutated(request, [withFile(CNF)])), {
    FILE: `[client]\nuser=app\npassword="${GOOD.password}"\n`,
  });
});

t.test('nothing is derived from a value that could add a line or end a quotation', async (t) => {
  const bad = {
    'double-quoted': ['a"b', 'a\\', 'a\nb', 'a\rb', 'a\u2028b', 'a$(id)', 'a`id`', 'a\0b'],
    'single-quoted': ["a'b", 'a\\', 'a\nb', 'a\u0085b'],
    unquoted: ['a b', 'a#b', 'a;b', 'a"b', "a'b", 'a\nb', '=a', '@a', 'ключ', '*a', '!a', ' a', 'a '],
    url: ['a\nb', 'a\u0000b', 'a\rb'],
  };
  const templates = {
    'double-quoted': 'x\np="${PASSWORD}"\n',
    'single-quoted': "x\np='${PASSWORD}'\n",
    unquoted: 'x\np=${PASSWORD}\n',
    url: 'x\np=redis://:${PASSWORD}@r\n',
  };
  for (const [place, values] of Object.entries(bad)) {
    const policy = withFile(templates[place as keyof typeof templates]);
    for (const PASSWORD of values) {
      t.equal(file(templates[place as keyof typeof templates], { PASSWORD }), undefined);
      t.same(
        sentences(validated(aCreate({ PASSWORD }), [policy])).filter((line) => line.startsWith('FILE')),
        [
          'FILE: can not be derived, because its template can not hold a character of PASSWORD [lockstep/unquotable]: set PASSWORD to letters, digits and -._~',
        ],
        `${place} ${values.indexOf(PASSWORD)}`,
      );
    }
  }
  t.equal(file(CNF, { PASSWORD: new Uint8Array([0xff, 0xfe]) }), undefined, 'a value that is no text');
  t.equal(file('${PASSWORD}-x', { PASSWORD: new Uint8Array([0xff, 0xfe]) }), undefined);
});

t.test('a stored file is refused if its base key changes to a value that it can not hold', async (t) => {
  const before = { PASSWORD: 'before-1', FILE: '[client]\nuser=app\npassword="before-1"\n' };
  const { findings } = validated(anUpdate(before, { ...before, PASSWORD: 'a"b' }), [withFile(CNF)]);
  t.match(findings, [{ rule: 'unquotable', key: 'FILE', action: 'Enforce' }]);
});

t.test('a template with several lines that is none is refused', async (t) => {
  for (const [template, message] of [
    ['postgresql://${A}@db\n/app', 'begins like a URL'],
    ['postgresql://${A}@db/app\n', 'begins like a URL'],
    ['jdbc:postgresql://db\n', 'begins like a URL'],
    ['host=${A}\n', 'has one line'],
    ['a\tb', 'has one line'],
    ['a\r\nb', 'control character'],
    ['a\nb="${A:-x"y}"', 'a default of ${A}'],
    ['a\nb=${A:-x y}', 'a default of ${A}'],
    ['a\n${A:-x\ny}', 'a default of ${A}'],
  ] as const)
    t.throws(
      () => parseTemplate(template),
      { message: new RegExp(message.replace(/[${}]/g, '\\$&')) },
      template,
    );
  t.doesNotThrow(() => parseTemplate('${A}\n${B}'));
});
