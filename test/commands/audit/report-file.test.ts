import { spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openReportFile } from '../../../src/commands/audit/report-file.ts';

const MODULE = import.meta.resolve('../../../src/commands/audit/report-file.ts');

t.test('replaces the file only when the report is complete', async (t) => {
  const dir = t.testdir({ report: 'old' });
  const path = join(dir, 'report');
  const output = openReportFile(path);
  output.write('x'.repeat(100_000));
  output.write('end');
  t.equal(readFileSync(path, 'utf8'), 'old');
  output.close();
  t.equal(readFileSync(path, 'utf8'), `${'x'.repeat(100_000)}end`);
  t.same(readdirSync(dir), ['report']);
});

t.test('leaves no file after abandon', async (t) => {
  const dir = t.testdir({ report: 'old' });
  const output = openReportFile(join(dir, 'report'));
  output.write('x'.repeat(100_000));
  output.abandon();
  t.same(readdirSync(dir), ['report']);
  t.equal(readFileSync(join(dir, 'report'), 'utf8'), 'old');
});

t.test('keeps a link to a file', async (t) => {
  const dir = t.testdir({});
  writeFileSync(join(dir, 'target'), '');
  symlinkSync(join(dir, 'target'), join(dir, 'link'));
  const output = openReportFile(join(dir, 'link'));
  output.write('new');
  output.close();
  t.ok(lstatSync(join(dir, 'link')).isSymbolicLink());
  t.equal(readFileSync(join(dir, 'target'), 'utf8'), 'new');
});

t.test('writes directly to a path that is no regular file', async () => {
  const output = openReportFile('/dev/null');
  output.write('x'.repeat(100_000));
  output.close();
});

t.test('reports an unwritable path in one sentence', async (t) => {
  const path = join(t.testdir({}), 'no', 'such', 'report');
  t.throws(() => openReportFile(path), {
    message: `cannot write ${path} (ENOENT); it is as it was`,
    exitCode: 2,
  });
  t.throws(() => openReportFile(t.testdirName), { code: 'LOCKSTEP_UNWRITABLE' });
});

for (const [when, size] of [
  ['in the middle', 200_000],
  ['at its end', 2000],
] as const) {
  t.test(`reports a disk that is full ${when}, and leaves no file`, async (t) => {
    const dir = t.testdir({ 'report.txt': 'old' });
    const program = `
      const { openReportFile } = await import(${JSON.stringify(MODULE)});
      const output = openReportFile('report.txt');
      try {
        output.write('x'.repeat(${size}));
        output.close();
      } catch ({ code, message }) {
        console.log(code, message);
      }`;
    // Any user can set a limit of 1024 bytes on the size of files.
    const limited = ['-c', 'ulimit -f 1; exec "$@"', 'bash', process.execPath, '--input-type=module', '-e'];
    const { stdout } = spawnSync('bash', [...limited, program], { cwd: dir, env: {}, encoding: 'utf8' });
    t.equal(stdout, 'LOCKSTEP_UNWRITABLE cannot write report.txt (EFBIG); it is as it was\n');
    t.same(readdirSync(dir), ['report.txt']);
    t.equal(readFileSync(join(dir, 'report.txt'), 'utf8'), 'old');
  });
}
