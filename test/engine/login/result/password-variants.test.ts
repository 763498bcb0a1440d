import t from 'tap';
import {
  passwordVariantsOf,
  variantDescription,
} from '../../../../src/engine/login/result/password-variants.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { fc } from '../../../helpers/property.ts';

const formsIn = (text: string): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    passwordVariantsOf(Sensitive.fromText(text)).map(({ variant: form, password }) => [
      form,
      password.withPlaintext((plain) => plain.text),
    ]),
  );

t.test('finds the accidental variants of a password', async (t) => {
  for (const [secret, form, server] of [
    ['pw\n', 'first-line', 'pw'],
    ['pw\r\nmore', 'first-line', 'pw'],
    [' pw ', 'blanks', 'pw'],
    ['"pw"', 'quotes', 'pw'],
    ["'pw'", 'quotes', 'pw'],
    ['pw', 'with-newline', 'pw\n'],
    ['pw', 'with-quotes', '"pw"'],
    ['pw', 'with-apostrophes', "'pw'"],
    ['p%40w', 'percent-decoded', 'p@w'],
    ['p@w', 'percent-encoded', 'p%40w'],
    ['cGFzc3dvcmQ=', 'base64-decoded', 'password'],
    ['cGFzc3dvcmQK', 'base64-decoded', 'password'],
    ['password', 'base64-encoded', 'cGFzc3dvcmQ='],
  ] as const)
    t.equal(formsIn(secret)[form], server, `${secret} ${form}`);
});

t.test('gives no empty, equal or repeated variant, and none for binary data', async (t) => {
  for (const text of ['', '\n', '""', ' ', '%', '%zz', '====']) {
    const forms = Object.values(formsIn(text));
    t.notOk(forms.includes(''), text);
    t.notOk(forms.includes(text), text);
  }
  t.same(passwordVariantsOf(Sensitive.fromBytes(Uint8Array.of(0xff, 0xfe))), []);
  t.same(passwordVariantsOf(Sensitive.fromText('x'.repeat(10_000))), []);
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      const forms = Object.values(formsIn(text));
      return new Set(forms).size === forms.length && !forms.includes(text) && !forms.includes('');
    }),
  );
});

t.test('each variant has its own description', async (t) => {
  for (const { variant: form } of passwordVariantsOf(Sensitive.fromText(' "p%40w"\n')))
    t.match(variantDescription(form), /^(as|with|without) /);
});
