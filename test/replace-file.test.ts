import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { replaceFile } from '../src/replace-file.ts';

t.test('replaces the content and the mode of a file', async (t) => {
  const folder = t.testdir({ 'app.yaml': 'old' });
  await replaceFile(join(folder, 'app.yaml'), 'new', 0o640);
  t.equal(await readFile(join(folder, 'app.yaml'), 'utf8'), 'new');
  t.equal((await stat(join(folder, 'app.yaml'))).mode & 0o777, 0o640);
  t.same(await readdir(folder), ['app.yaml']);
});

t.test('leaves no temporary file after a failed write', async (t) => {
  const folder = t.testdir();
  await mkdir(join(folder, 'app.yaml'));
  await writeFile(join(folder, 'app.yaml', 'inside'), 'kept');
  await t.rejects(replaceFile(join(folder, 'app.yaml'), 'new', 0o644), { code: /^E(?:ISDIR|NOTEMPTY)$/ });
  t.same(await readdir(folder), ['app.yaml']);
  t.equal(await readFile(join(folder, 'app.yaml', 'inside'), 'utf8'), 'kept');
});
