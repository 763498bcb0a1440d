import t from 'tap';
import { encodeHost, encodeUserinfo, isPortableDatabase } from '../../../../src/engine/value/uri/encode.ts';

t.test('escapes every byte but the unreserved ones in upper case', async (t) => {
  t.equal(encodeUserinfo('AZaz09-._~'), 'AZaz09-._~');
  t.equal(
    encodeUserinfo("@:/?#[]!$&'()*+,;=% é"),
    '%40%3A%2F%3F%23%5B%5D%21%24%26%27%28%29%2A%2B%2C%3B%3D%25%20%C3%A9',
  );
  t.equal(encodeUserinfo('\ud800'), '%EF%BF%BD', 'a lone surrogate');
});

t.test('encodes a host for a URL', async (t) => {
  t.equal(encodeHost('db.prod.svc'), 'db.prod.svc');
  t.equal(encodeHost('::1'), '[::1]');
  t.equal(encodeHost('::ffff:10.0.0.1'), '[::ffff:10.0.0.1]');
  t.equal(encodeHost('fe80::1%eth0'), '[fe80::1%25eth0]');
  t.equal(encodeHost('/var/run'), '%2Fvar%2Frun');
  t.equal(encodeHost('db:5432'), 'db%3A5432');
});

t.test('a database name is portable up to 63 unreserved characters', async (t) => {
  t.equal(isPortableDatabase('a'.repeat(63)), true);
  t.equal(isPortableDatabase('a'.repeat(64)), false);
  t.equal(isPortableDatabase(''), false);
  t.equal(isPortableDatabase('a\n'), false);
});
