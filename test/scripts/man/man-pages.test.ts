import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import t from 'tap';
import { manPages } from '../../../scripts/man/man-pages.ts';
import { escaped } from '../../../scripts/man/roff.ts';
import { documentedCommands } from '../../../scripts/reference/documented-commands.ts';

const pages = manPages();
const execute = promisify(execFile);

/** The text of a page as a reader sees it. */
const plain = (page: string): string => page.replaceAll('\\-', '-').replaceAll('\\e', '\\');

/** Undefined if the program is not installed. */
async function outputOf(program: string, args: readonly string[]) {
  try {
    return await execute(program, args, { env: { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '100' } });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

t.test('there is a page for the program and for each command', async (t) => {
  const commands = documentedCommands();
  t.equal(pages.size, commands.length + 1);
  for (const { name } of commands) {
    const page = `lockstep-${name.replaceAll(' ', '-')}`;
    t.ok(pages.has(`${page}.1`), page);
    t.ok(plain(pages.get('lockstep.1') ?? '').includes(`\\fB${page}(1)\\fR`), page);
  }
});

t.test('each page has its sections in order, and each option, exit code and example once', async (t) => {
  for (const { name, parameters, exitCodes, examples = [] } of documentedCommands()) {
    const page = plain(pages.get(`lockstep-${name.replaceAll(' ', '-')}.1`) ?? '');
    const sections = [...page.matchAll(/^\.SH (.*)$/gm)].map(([, title]) => title);
    t.same(sections.slice(0, 3), ['NAME', 'SYNOPSIS', 'DESCRIPTION'], name);
    t.equal(new Set(sections).size, sections.length, name);
    for (const { usage } of parameters)
      t.equal(page.split(`\n\\fB${usage}\\fR\n`).length, 2, `${name} ${usage}`);
    for (const [code, meaning] of Object.entries(exitCodes))
      t.ok(page.includes(`\n\\fB${code}\\fR\n${meaning}.\n`));
    for (const example of examples) t.ok(page.includes(`\n${example}\n`), example);
  }
});

t.test('no line of text is read as a request of roff', async (t) => {
  t.equal(escaped('.SH x'), '\\&.SH x');
  t.equal(escaped('vault:…'), 'vault:\\[u2026]');
  t.equal(escaped("'quoted' -n a\\b"), "\\&'quoted' \\-n a\\eb");
  const requests = /^\.(TH|ad|SH|TP|nf|fi|BR)\b/;
  for (const [name, page] of pages)
    for (const line of page.split('\n').filter((line) => /^[.']/.test(line)))
      t.match(line, requests, `${name}: ${line}`);
});

t.test('man and groff read each page without a warning, if they are installed', async (t) => {
  const folder = t.testdir({});
  for (const [name, page] of pages) writeFileSync(join(folder, name), page);
  const files = [...pages.keys()].map((name) => join(folder, name));
  const lint = await outputOf('groff', ['-man', '-Tutf8', '-ww', '-z', ...files]);
  if (lint !== undefined) t.equal(lint.stderr, '');
  const mandoc = await outputOf('mandoc', ['-T', 'lint', '-W', 'warning', ...files]);
  if (mandoc !== undefined) t.equal(mandoc.stderr, '');
  const man = await outputOf('man', ['--warnings', '-l', join(folder, 'lockstep-audit.1')]);
  if (man?.stdout.includes('lockstep') === true) {
    t.equal(man.stderr, '');
    t.match(man.stdout, /-A, --all-namespaces/);
  }
});
