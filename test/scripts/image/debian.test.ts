import t from 'tap';
import { fieldOf, pathsIn } from '../../../scripts/image/debian.ts';

t.test('finds the loader and the libraries in the output of ldd, on both architectures', async (t) => {
  const amd64 = `	linux-vdso.so.1 (0x00007f6f25c72000)
	libatomic.so.1 => /lib/x86_64-linux-gnu/libatomic.so.1 (0x00007f6f25c57000)
	/lib64/ld-linux-x86-64.so.2 (0x00007f6f25c74000)
`;
  t.same(pathsIn(amd64), ['/lib/x86_64-linux-gnu/libatomic.so.1', '/lib64/ld-linux-x86-64.so.2']);
  const arm64 = `	linux-vdso.so.1 (0x0000ffff9b7e0000)
	libc.so.6 => /lib/aarch64-linux-gnu/libc.so.6 (0x0000ffff9b5c0000)
	/lib/ld-linux-aarch64.so.1 (0x0000ffff9b7a3000)
`;
  t.same(pathsIn(arm64), ['/lib/aarch64-linux-gnu/libc.so.6', '/lib/ld-linux-aarch64.so.1']);
});

t.test('a missing library is no path, so that the image test finds it missing', async (t) => {
  t.same(pathsIn('	libatomic.so.1 => not found\n'), []);
});

t.test('reads a field of an entry of dpkg', async (t) => {
  const status = 'Package: libc6\nVersion: 2.36-9+deb12u14\nDescription: C library\n Version: no\n';
  t.equal(fieldOf(status, 'Version'), '2.36-9+deb12u14');
  t.equal(fieldOf(status, 'Source'), '');
});
