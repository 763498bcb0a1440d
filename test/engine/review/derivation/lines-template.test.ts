import t from 'tap';
import { parseTemplate } from '../../../../src/engine/policy/template/template.ts';
import {
  aCreate,
  anUpdate,
  aPolicy,
  GOOD,
  mutated,
  sentences,
  validated,
  writtenValues,
} from '../../../helpers/engine/engine.ts';

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

/** Texts that a value without quotes holds, and that a program reads as something else. */
const MISREAD = [
  ...[
    '0123',
    '08',
    '0x1F',
    '0b101',
    '0o17',
    '1_000',
    '+5',
    '-0',
    '1e3',
    '1E5',
    '1.10',
    '.5',
    '5.',
    '123e4567',
  ],
  ...['12345678901234567890', '1:30', '190:20:30', '.inf', '-.Inf', '.NaN'],
  ...[
    '2027-03-01',
    '2027-3-1',
    '2027-03-01T04:00:00Z',
    '~',
    'null',
    'Null',
    'yes',
    'No',
    'on',
    'OFF',
    'y',
    'True',
    '-',
    'abc:',
  ],
];
const READ = [
  '5432',
  '-1',
  '1.5',
  '0',
  'true',
  'false',
  'app',
  'a:b',
  '2027-13',
  '1.2.3.4',
  '0.0.0.0/0',
  'nulls',
  '--',
  'x0123',
];

t.test('nothing is derived from a value that a reader of the file takes for something else', async (t) => {
  const derives = (template: string, PASSWORD: string, more: object = {}) =>
    file(template, { PASSWORD, ...more }) !== undefined;
  for (const template of [
    'a: b\np: ${PASSWORD}\n',
    '- x\n- ${PASSWORD}\n',
    'a:\n  - p: ${PASSWORD} # x\n',
    'a: b\n${PASSWORD}: c\n',
    '"a": b\n"p": ${PASSWORD}\n',
    'x: y\na: {p: ${PASSWORD}, q: r}\n',
  ]) {
    for (const text of MISREAD) t.notOk(derives(template, text), `${template} ${text}`);
    for (const text of READ) t.ok(derives(template, text), `${template} ${text}`);
  }
  for (const [template, text, isDerived] of [
    ['a: b\np: 0${PASSWORD}\n', '12', false],
    ['a: b\np: ${PASSWORD}${USER}\n', '0', false],
    ['a: b\np: x${PASSWORD}\n', '012', true],
    ['a: b\np: ${PASSWORD} and more\n', 'yes', true],
    ['a: b\np: ${PASSWORD} and more\n', 'yes:', false],
    ['a: b\np: "${PASSWORD}"\n', 'yes', true],
    ["a: b\np: '${PASSWORD}'\n", '0123', true],
    ['a: {p: ${PASSWORD}}\nb: c\n', 'x,y', false],
    ['a: [${PASSWORD}]\nb: c\n', 'x,y', false],
    ['a: b\np: ${PASSWORD}\n', 'x,y', true],
    ['{\n  "port": ${PASSWORD}\n}\n', '5432', true],
    ['{\n  "port": ${PASSWORD}\n}\n', 'true', true],
    ['{\n  "port": ${PASSWORD},\n  "a": "b"\n}\n', '05432', false],
    ['{\n  "port": ${PASSWORD}\n}\n', 'app', false],
    ['{\n  "port": ${PASSWORD}\n}\n', 'null', false],
    ['A=b\nP=${PASSWORD}\n', '0123', true],
    ['A=b\nP=${PASSWORD}\n', 'yes', true],
    ['A=b\nexport P=${PASSWORD}\n', 'abc:', true],
    ['A=b\nP=${PASSWORD}\n', '~', false],
    ['A=b\nP=${PASSWORD}\n', '~root/x', false],
    ['A=b\nP=x:${PASSWORD}\n', '~root/x', false],
    ['A=b\nP=${PASSWORD}\n', 'a~b', true],
    ['[client]\np = ${PASSWORD}\n', '0123', true],
    ['a.b=c\na.p=${PASSWORD}\n', '2027-03-01', true],
    ['machine db\nlogin app password ${PASSWORD}\n', '0123', true],
    ['db:5432:app:app:${PASSWORD}\n# end\n', 'a:b', false],
    ['db:5432:app:app:${PASSWORD}\n# end\n', '0123', true],
    ['a ${PASSWORD},b\nc\n', 'x,y', false],
  ] as const)
    t.equal(derives(template, text, { USER: '17' }), isDerived, `${template} ${text}`);
  t.same(
    sentences(validated(aCreate({ PASSWORD: '0123' }), [withFile('a: b\np: ${PASSWORD}\n')])).filter((line) =>
      line.startsWith('FILE'),
    ),
    [
      'FILE: can not be derived, because a reader of the file takes PASSWORD for a number, a date or another word [lockstep/unquotable]: put quotes around its place in the template of the policy, or set PASSWORD to another text',
    ],
  );
});

t.test('the name of a file decides about a format that its lines do not show', async (t) => {
  const policy = (key: string) =>
    aPolicy('files', {
      keys: { PORT: {}, [key]: { derive: { template: 'host = "db"\nport = ${PORT}\n' } } },
    });
  const written = (key: string, PORT: string) =>
    writtenValues(mutated(aCreate({ PORT }), [policy(key)]))[key];
  for (const key of ['app.toml', 'a.tfvars', 'a.hcl']) {
    t.ok(written(key, '5432'), key);
    t.equal(written(key, '05432'), undefined, key);
    t.equal(written(key, 'db'), undefined, key);
  }
  t.ok(written('app.ini', '05432'));
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
