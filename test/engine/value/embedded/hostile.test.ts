import { Buffer } from 'node:buffer';
import t from 'tap';
import { memberFaults, newMemberBudget } from '../../../../src/engine/value/embedded/member-faults.ts';
import { readMembers } from '../../../../src/engine/value/embedded/read-members.ts';
import { MAX_DOCUMENT_LENGTH } from '../../../../src/engine/value/embedded/readable-text.ts';
import { SOUND_FILES } from '../../../helpers/engine/embedded-values.ts';
import { aCreate, GOOD, reportedFindings, sentences, validated } from '../../../helpers/engine/engine.ts';
import { nonLinearity, shapesOf } from '../../../helpers/engine/worst-inputs.ts';
import { fc } from '../../../helpers/property.ts';

const MIB = 1024 * 1024;
const filled = (text: string): string => text.repeat(Math.ceil(MIB / text.length)).slice(0, MIB);

/** Values of 1 MiB that would cost much, if each part were read more than once. */
const HOSTILE: Readonly<Record<string, string>> = {
  'JSON that is only opened': filled('{"a":'),
  'lists that are only opened': filled('['),
  'JSON nested 10,000 deep': filled(`${'{"a":'.repeat(10_000)}"x"${'}'.repeat(10_000)},`),
  'YAML with aliases of aliases': `a: &a [x, x]\n${filled('b: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n')}`,
  'YAML with a long text in many aliases': `a: &a ${'correct horse '.repeat(1000)}\n${filled('password: *a\n')}`,
  'YAML with many anchors': filled('password: &a &b &c !!str\n'),
  'names with their texts in the next line': filled('password:\n correct horse battery staple\n'),
  'names before blank lines': filled('a:\n\n\n\n\n\n\n\n\n\n'),
  'brackets that are never closed': filled('a: {\n'),
  'quotes that are never closed': filled('a="\n'),
  'PEM blocks that are never closed': filled('a="-----BEGIN X-----\n'),
  'blocks of text': filled('a: |\n  b: |\n    c: |\n'),
  'lists in lists': filled('- - - - - - - a: b\n'),
  'members that must be secrets': filled('password=correct horse battery staple\n'),
  'texts of escapes': `{"password":"${filled(String.raw`\u0041`)}"}`,
  'empty members': filled('a:\n'),
  'blanks after a name': `{"a"${filled(' ')}`,
  'base64 of a PEM block': filled('LS0tLS1CRUdJTi'),
  'PEM blocks': filled('-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n'),
  webhooks: `[${filled('"https://hooks.slack.com/services/a/b/c?token=abc",')}`,
  'elements with blanks': `<a>${filled(`<a>${' '.repeat(50)}a${' '.repeat(350)}\n${' '.repeat(90)}<`)}`,
  'JSON documents': `{"a":"b"}${filled('{}')}`,
  'JSON documents in lines': `a: b\n${filled('{"a":"b"}\n')}`,
  'JSON documents that are never closed': `a: b\n${filled('{"a":\n')}`,
  'separators of documents': `{"a":"b"}${filled('\n---')}`,
  NULs: filled('\0'),
  'JSON in JSON': `{"a":"${filled(String.raw`{\"a\":`)}`,
};

for (const [name, text] of Object.entries(HOSTILE)) {
  t.test(`1 MiB of ${name} is judged within the budget of members`, async (t) => {
    const document = text.slice(0, MAX_DOCUMENT_LENGTH);
    let visits = 0;
    readMembers(document, 'config.yaml', () => {
      visits += 1;
      return true;
    });
    t.ok(visits <= document.length, `${visits} visits`);
    const budget = newMemberBudget();
    const context = { key: 'config.yaml', contextWords: () => [], logins: [], checkedPassword: undefined };
    const { members } = budget;
    memberFaults(document, context, budget);
    t.ok(budget.members >= -1 && budget.members <= members, 'it stops at the limit');
    const found = reportedFindings(validated(aCreate({ 'config.yaml': text }, { name: 'ledger' })));
    t.ok(found.length <= 5, found.join('\n'));
  });
}

t.test('what stands beside a hostile value is judged', async (t) => {
  const data = { 'a.json': filled('['), 'b.yaml': 'db:\n  password: CHANGE_ME\n', PASSWORD: 'changeme' };
  t.same(reportedFindings(validated(aCreate(data, { name: 'ledger' }))), [
    'Enforce PASSWORD placeholder',
    'Enforce b.yaml placeholder',
  ]);
});

t.test('a binary value has no members', async (t) => {
  const keystore = Buffer.concat([
    Buffer.from([0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2]),
    Buffer.from(filled('password=changeme\n')),
  ]);
  t.same(sentences(validated(aCreate({ 'keystore.jks': keystore }, { name: 'ledger' }))), []);
});

const HEADS = [
  '',
  '{',
  '[',
  '{"a":"',
  'a: {',
  'a: |\n',
  '-----BEGIN X-----\n',
  'https://a.b/?',
  'a=b;',
  'LS0tLS1CRUdJTi',
  '<a>',
  'eyJ',
  'machine a ',
  'requirepass ',
  '"a" "',
  '<?php define(',
  "CREATE USER a PASSWORD '",
];
const PARTS = [
  'a',
  '{"a":',
  '[',
  '"',
  '\\',
  '\n',
  'a: ',
  'a=b\n',
  ' ',
  '- ',
  "'",
  '#',
  ': |\n ',
  '-----',
  '&a=',
  ': &a ',
  ': *a\n',
  ':\n a',
  ';a=',
  '"a":"b",',
  '\0',
  'x=""',
  '<a>b',
  'name="a" ',
  " '",
];

t.test('the reader takes linear time for every shape of text', async (t) => {
  const read = (text: string): number => {
    let visits = 0;
    readMembers(text, 'config.yaml', () => {
      visits += 1;
      return true;
    });
    return visits;
  };
  const found = [...shapesOf(HEADS, PARTS, ['"}'])].flatMap(
    (shape) => nonLinearity(read, shape, 30_000) ?? [],
  );
  t.same(found, []);
});

/** A sound file that was cut, or has a few characters more or other ones. */
const mutated = fc
  .tuple(
    fc.constantFrom(...Object.entries(SOUND_FILES)),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.oneof(fc.constantFrom('{', '"', '\n', ': ', '=', '-', '|', '\0', ';', '\\'), fc.string()),
      ),
    ),
    fc.nat(),
  )
  .map(([[key, text], edits, cut]) => {
    let edited = text;
    for (const [at, insert] of edits) {
      const place = at % (edited.length + 1);
      edited = edited.slice(0, place) + insert + edited.slice(place);
    }
    return [key, cut % 3 === 0 ? edited.slice(0, cut % (edited.length + 1)) : edited] as const;
  });

t.test('no text makes the reader fail, and no finding holds a secret', async () => {
  const secrets = Object.values(GOOD);
  fc.assert(
    fc.property(mutated, ([key, text]) => {
      const found = sentences(validated(aCreate({ [key]: text }, { name: 'ledger' }))).join('\n');
      for (const secret of secrets) {
        for (let at = 0; at + 8 <= secret.length; at++)
          if (found.includes(secret.slice(at, at + 8))) return false;
      }
      return true;
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(
      fc.constantFrom('a', '.dockercfg', 'a.yaml'),
      fc.uint8Array({ maxLength: 400 }),
      (key, bytes) => {
        validated(aCreate({ [key]: bytes }, { name: 'ledger' }));
      },
    ),
    { numRuns: 500 },
  );
});
