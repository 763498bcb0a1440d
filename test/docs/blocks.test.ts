import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type Block, blocksOf, MARKERS, pages, ROOT, readPage, turnsOf } from '../helpers/pages/pages.ts';

/** What a line begins with that somebody would type. */
const TYPED = /^(?:\$ |kubectl |lockstep |npm |npx |docker |helm |argocd |flux |openssl |curl )/m;
const LANGUAGES = ['', 'sh', 'console', 'yaml', 'json', 'promql', 'ts'];

t.test(
  'each block of each page says what it is, so that its commands are run: test/cluster/docs/pages.test.ts',
  async (t) => {
    for (const page of await pages()) {
      for (const block of blocksOf(await readPage(page)))
        t.equal(faultOf(block), undefined, `${page}:${block.line}`);
    }
  },
);

t.test('no fence is left open, and none is missed', async (t) => {
  for (const page of await pages()) {
    const text = await readPage(page);
    t.equal(text.match(/^ *```/gm)?.length ?? 0, 2 * blocksOf(text).length, page);
  }
});

t.test('a block without a word holds no command, and a marker is one that is known', async (t) => {
  const fault = (page: string) => blocksOf(page).map(faultOf);
  t.same(fault('```\nkubectl get pods\n```'), [
    'commands: write ```sh, ```console, or <!-- not run: why -->',
  ]);
  t.same(fault('```sh\nkubectl get pods\n```\n\n```\na drawing\n```'), [undefined, undefined]);
  t.same(fault('<!-- not run: it needs docker -->\n```\ndocker build .\n```'), [undefined]);
  t.same(fault('<!-- skip: why -->\n```sh\ntrue\n```'), ['there is no marker "skip"']);
  t.same(fault('<!-- not run: test/no.test.ts does -->\n```sh\ntrue\n```'), ['there is no test/no.test.ts']);
  t.same(fault('<!-- not run: -->\n```sh\ntrue\n```'), ['<!-- not run: --> must say why']);
  t.same(fault('```bash\ntrue\n```'), [
    '```bash: write one of sh, console, yaml, json, promql, ts, or nothing',
  ]);
});

t.test('a console block is read as turns', async (t) => {
  const [block] = blocksOf(
    'text\n\n<!-- before: mkdir a\ntouch a/b -->\n```console\n$ ls a\nb \n$ true\n```\n',
  );
  t.equal(block?.line, 5);
  t.equal(block?.markers.get('before'), 'mkdir a\ntouch a/b');
  t.same(turnsOf(block!), [
    { command: 'ls a', output: 'b' },
    { command: 'true', output: '' },
  ]);
});

t.test('a block in a list is read without its indent', async (t) => {
  const [block] = blocksOf('1. Do:\n\n   <!-- before: true -->\n   ```yaml\n   a:\n     b: c\n   ```\n');
  t.equal(block?.text, 'a:\n  b: c\n');
  t.equal(block?.markers.get('before'), 'true');
  t.equal(block?.line, 4);
});

function faultOf({ language, text, markers }: Block): string | undefined {
  for (const [name, value] of markers) {
    if (!MARKERS.some((known) => known === name)) return `there is no marker "${name}"`;
    if (value === '') return `<!-- ${name}: --> must say why`;
    for (const [test] of value.matchAll(/test\/[\w/-]+\.test\.ts/g)) {
      if (!existsSync(join(ROOT, test))) return `there is no ${test}`;
    }
  }
  if (!LANGUAGES.includes(language)) {
    return `\`\`\`${language}: write one of ${LANGUAGES.slice(1).join(', ')}, or nothing`;
  }
  if (language !== '' || markers.has('not run') || !TYPED.test(text)) return undefined;
  return 'commands: write ```sh, ```console, or <!-- not run: why -->';
}
