import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import t from 'tap';
import { stringify } from 'yaml';
import { ROOT } from '../helpers/cluster/lockstep.ts';

/** The commit that pre-commit would check out: the hook is built from it. */
const { stdout: commit } = await execa('git', ['rev-parse', 'HEAD'], { cwd: ROOT });
const template = readFileSync(join(ROOT, 'docs', 'demo', 'template.yaml'), 'utf8');
const secret = readFileSync(join(ROOT, 'docs', 'demo', 'secret.yaml'), 'utf8');

t.test('the hook installs itself, and refuses a commit with a placeholder', async (t) => {
  const dir = t.testdir({ bin: {}, repository: { 'template.yaml': template, 'secret.yaml': secret } });
  const cwd = join(dir, 'repository');
  const path = `${join(dir, 'bin')}:${process.env.PATH}`;
  const env = { NODE_OPTIONS: '', PRE_COMMIT_HOME: join(dir, 'pre-commit'), PATH: path };
  const run = async (file: string, args: readonly string[]) => {
    const { exitCode, all } = await execa(file, args, {
      cwd,
      env,
      all: true,
      reject: false,
      stdin: 'ignore',
    });
    return { exitCode, all };
  };
  // This Node, instead of a download. pre-commit first looks for the name that Debian uses.
  for (const name of ['node', 'nodejs']) symlinkSync(process.execPath, join(dir, 'bin', name));
  const hooks = [{ id: 'lockstep-check', language_version: 'system' }];
  writeFileSync(
    join(cwd, '.pre-commit-config.yaml'),
    stringify({ repos: [{ repo: ROOT, rev: commit, hooks }] }),
  );
  await run('git', ['init', '--quiet']);
  await run('git', ['add', '.']);
  const clean = await run('pre-commit', ['run', '--files', 'secret.yaml']);
  t.equal(clean.exitCode, 0, clean.all);
  const refused = await run('pre-commit', ['run', '--files', 'template.yaml']);
  t.equal(refused.exitCode, 1, refused.all);
  t.match(refused.all, 'is a placeholder');
});
