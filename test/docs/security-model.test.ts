import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t from 'tap';
import { POLICY_WEBHOOK } from '../../src/admission/policy-review/validate-policy.ts';
import { WEBHOOKS } from '../../src/admission/review/webhook.ts';
import { ROOT, readPage, sectionOf } from '../helpers/pages/pages.ts';

const PAGE = 'docs/operate/security-model.md';
const entrances = sectionOf(await readPage(PAGE), '## Entrances');
const rows = entrances
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| entrance '))
  .map((line) => line.split('|').slice(1, -1));

/** The paths of the links in a text, relative to the repository. */
const linksIn = (text: string): readonly string[] =>
  [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, target = '']) => join(dirname(PAGE), target));

/** The code of the entrances: files and folders. */
const code = rows.flatMap(([entrance = '']) => linksIn(entrance));
const isListed = (file: string): boolean => isWithin(code, file);
const isWithin = (places: readonly string[], file: string): boolean =>
  places.some((listed) => file === listed || file.startsWith(`${listed}/`));

t.test('each entrance has a party, bounds, and tests that exist', async (t) => {
  t.ok(rows.length > 30, `${rows.length} entrances`);
  for (const [entrance = '', party = '', bounds = '', tests = ''] of rows) {
    t.match(party, /\w/, entrance);
    t.match(bounds, /\w/, entrance);
    const files = linksIn(tests);
    t.ok(files.length > 0, `${entrance}: a test`);
    for (const file of files) t.ok(file.endsWith('.test.ts') && existsSync(join(ROOT, file)), file);
  }
});

t.test('each path of a listener is listed', async (t) => {
  for (const name of [...WEBHOOKS, POLICY_WEBHOOK]) t.match(entrances, `POST /${name}\``);
  const probes = await sourcesWith(/\bpath === '\/(\w+)'/g, 'src/commands/pod/*.ts');
  t.ok(probes.length >= 3, 'the paths of the second port were found');
  for (const { match } of probes) t.match(entrances, `\`/${match[1]}\``);
});

/** These read files of the package, and the log only what it wrote itself. */
const OWN_FILES = ['src/commands/version', 'src/log.ts', 'src/report/audit/html/assets.ts'];

/** A function that reads or parses bytes from elsewhere. */
const READS =
  /\bJSON\.parse\(|\bparseAllDocuments\(|\bparseDocument\(|\bX509Certificate\(|\bgunzipSync\(|\bcreateReadStream\(|\breadFileSync\(|\breadFile\(|\breadLimited\(|\bspawn\(|\bcreateServer\(|\bnew Cron\(/g;

t.test('each file that reads bytes of another party belongs to an entrance', async (t) => {
  const found = await sourcesWith(READS, 'src/**/*.ts');
  t.ok(found.length > 30, `${found.length} places were found`);
  for (const { file, match } of found)
    if (!isWithin(OWN_FILES, file)) t.ok(isListed(file), `${file}: ${match[0]}`);
});

/** Parsers of our own, which call no parser of a library. */
const PARSERS = [
  'src/admission/review',
  'src/engine/value/certificate',
  'src/engine/value/embedded',
  'src/engine/review/evaluation',
  'src/engine/policy/cel',
  'src/engine/policy/compile',
  'src/engine/policy/match/glob.ts',
  'src/engine/policy/pattern.ts',
  'src/engine/policy/schema',
  'src/engine/policy/template/template.ts',
  'src/engine/value/uri',
  'src/kube/client',
  'src/kube/record',
  'src/manifest',
  'src/postgres/protocol',
];

t.test('each parser of lockstep is listed', async (t) => {
  for (const parser of PARSERS) {
    t.ok(existsSync(join(ROOT, parser)), parser);
    t.ok(isListed(parser), parser);
  }
});

t.test('a file beside the entrances is noticed', async (t) => {
  t.notOk(isListed('src/engine/uri.ts'));
  t.notOk(isListed('src/other/parse.ts'));
});

async function sourcesWith(pattern: RegExp, files: string) {
  const found: { readonly file: string; readonly match: RegExpMatchArray }[] = [];
  for await (const file of glob(files, { cwd: ROOT })) {
    const text = await readFile(join(ROOT, file), 'utf8');
    for (const match of text.matchAll(pattern)) found.push({ file, match });
  }
  return found;
}
