import t from 'tap';
import { joinBundles, parseBundle, validCasIn } from '../../src/tls/bundle.ts';
import { createCa } from '../../src/tls/ca.ts';

const NOW = new Date('2026-06-01T00:00:00Z');
const authority = async (days: number) => (await createCa({ now: NOW, days })).cert;
const fingerprints = (...pems: string[]) => pems.flatMap(parseBundle).map((each) => each.fingerprint256);
const later = (days: number) => new Date(NOW.getTime() + days * 24 * 60 * 60 * 1000);

const current = await authority(365);
const older = await authority(100);

t.test('the current CA comes first, and each only once', async (t) => {
  const joined = joinBundles(current, [older, `${older}\n${current}`, ''], NOW);
  t.same(fingerprints(joined), fingerprints(current, older));
});

t.test('joining a bundle again does not change it', async (t) => {
  const joined = joinBundles(current, [older], NOW);
  t.equal(joinBundles(current, [joined], NOW), joined);
});

t.test('an older CA is removed when it expires', async (t) => {
  t.same(fingerprints(joinBundles(current, [older], later(99))), fingerprints(current, older));
  t.same(fingerprints(joinBundles(current, [older], later(101))), fingerprints(current));
});

t.test('a caBundle of very many certificates is read to the thirty-second', async (t) => {
  const inside = `${current.repeat(31)}${older}`;
  t.equal(validCasIn(`${inside}${current}`, NOW).length, 2);
  t.equal(validCasIn(`${current}${inside}`, NOW).length, 1);
});

t.test('text that is no PEM is no bundle, and adds nothing to one', async (t) => {
  const broken = current.replace(/[A-Za-z]{10}/, '----------');
  for (const pem of ['', 'no PEM', current.replaceAll('CERTIFICATE', 'PUBLIC KEY'), broken]) {
    t.throws(() => parseBundle(pem));
    t.same(fingerprints(joinBundles(current, [pem], NOW)), fingerprints(current));
  }
});
