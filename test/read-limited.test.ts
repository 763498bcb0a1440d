import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { readLimited } from '../src/read-limited.ts';

t.test('reads a file and a pipe up to the limit', async (t) => {
  const folder = t.testdir({ file: 'abc' });
  t.equal((await readLimited(join(folder, 'file'), 3)).toString(), 'abc');
  await t.rejects(readLimited(join(folder, 'file'), 2), { code: 'EFBIG' });
  await t.rejects(readLimited(join(folder, 'absent'), 2), { code: 'ENOENT' });

  const pipe = join(folder, 'pipe');
  execFileSync('sh', ['-c', `mkfifo ${pipe}`]);
  const [bytes] = await Promise.all([readLimited(pipe, 3), writeFile(pipe, 'abc')]);
  t.equal(bytes.toString(), 'abc');
});

t.test('a pipe or a device without an end is an error', async (t) => {
  await t.rejects(readLimited('/dev/zero', 1024 * 1024), { code: 'EFBIG' });
  const pipe = join(t.testdir(), 'pipe');
  execFileSync('sh', ['-c', `mkfifo ${pipe}`]);
  const writer = spawn('sh', ['-c', `exec yes > ${pipe}`], { stdio: 'ignore' });
  await t.rejects(readLimited(pipe, 1024 * 1024), { code: 'EFBIG' });
  await once(writer, 'exit');
});
