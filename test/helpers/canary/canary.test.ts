import { createHash } from 'node:crypto';
import t from 'tap';
import { aCanary, digestSearcher, findCanaries } from './canary.ts';

const value = aCanary();
const base64 = (text: string) => Buffer.from(text).toString('base64');

t.test('a value is found however it is written', async (t) => {
  const symbols = `${aCanary(10)}@/?# &"${aCanary(10)}`;
  for (const [form, text, secret] of [
    ['raw', `password ${value} is weak`, value],
    ['raw', `password ${value.slice(5, 13)}… is weak`, value],
    ['base64', `{"data":{"KEY":"${base64(value)}"}}`, value],
    ['base64', base64(`postgresql://app:${value}@db/app`), value],
    ['base64', base64(`ostgresql://app:${value}@db/app`), value],
    ['base64', base64(`stgresql://app:${value}@db/app`), value],
    ['base64 of base64', base64(`[{"op":"add","path":"/data/KEY","value":"${base64(value)}"}]`), value],
    [
      'base64url',
      base64('\u00fb\u00ef\u00be'.repeat(9)).replaceAll('+', '-').replaceAll('/', '_'),
      '\u00fb\u00ef\u00be'.repeat(9),
    ],
    ['percent-encoded', `postgresql://app:${encodeURIComponent(symbols)}@db/app`, symbols],
    ['hexadecimal', Buffer.from(value).toString('hex'), value],
    ['JSON', JSON.stringify({ password: `"\\"${symbols.slice(8, 18)}` }), `"\\"${symbols.slice(8, 18)}`],
  ] as const) {
    const forms = findCanaries(text, [secret]).map((find) => find.form);
    t.ok(forms.includes(form), `${form} in ${text}: ${forms}`);
  }
});

t.test('every piece of eight characters is found, and none of seven', async (t) => {
  for (let at = 0; at + 8 <= value.length; at += 1) {
    t.equal(findCanaries(`<${value.slice(at, at + 8)}>`, [value]).length, 1);
    t.equal(findCanaries(`<${value.slice(at, at + 7)}>`, [value]).length, 0);
  }
});

t.test('every piece of eight of a base64 is found, whatever stands before it', async (t) => {
  for (const before of ['', 'a', 'ab', 'abc']) {
    const text = base64(`${before}${value}`);
    const start = Math.ceil((before.length * 4) / 3);
    for (let at = start; at + 8 <= text.length - 4; at += 1) {
      t.not(findCanaries(`<${text.slice(at, at + 8)}>`, [value]).length, 0, `${before.length} at ${at}`);
    }
  }
});

t.test('a find names the value and shows the place', async (t) => {
  const finds = findCanaries(`denied: the value ${value} is a placeholder`, [aCanary(), value]);
  t.match(finds, [{ value: 1, form: 'raw', where: /denied: the value/ }]);
});

t.test('an ordinary text holds no canary', async (t) => {
  const text = base64(aCanary(100_000)) + aCanary(100_000);
  t.same(findCanaries(text, [value, aCanary()]), []);
});

t.test('a digest of a value is found, in full or its beginning', async (t) => {
  const search = digestSearcher([aCanary(), value], ['0123456789abcdef0123']);
  for (const algorithm of ['md5', 'sha256']) {
    const digest = createHash(algorithm).update(value);
    const hex = digest.copy().digest('hex');
    t.same(search(`<${hex}>`), [hex.slice(0, 16)]);
    t.equal(search(`<${hex.slice(0, 16)}>`).length, 1);
    t.equal(search(`<${hex.slice(0, 15)}>`).length, 0);
    t.equal(search(`<${digest.copy().digest('base64')}>`).length, 1);
  }
  t.equal(search('0123456789abcdef').length, 1);
  t.same(search(aCanary(100_000)), []);
});
