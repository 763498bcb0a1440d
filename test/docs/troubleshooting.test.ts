import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { POLICY_CONDITIONS } from '../../src/controllers/policy/status.ts';
import { PROBE_REASONS } from '../../src/kube/webhooks/probe-result.ts';
import { ROOT, readPage, sectionOf } from '../helpers/pages/pages.ts';

const page = await readPage('docs/operate/troubleshooting.md');
const logMessages = sectionOf(await readPage('docs/reference/errors.md'), '## Log messages');

t.test('each result of a probe has a row', async (t) => {
  const rows = firstCells(sectionOf(page, '### The API server does not reach lockstep'));
  t.same(rows, PROBE_REASONS.filter((reason) => reason !== 'reached').sort());
});

t.test('each log message of level warn or error has a row', async (t) => {
  const src = join(ROOT, 'src');
  const said = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...readFileSync(join(src, file), 'utf8').matchAll(SAID)])
    .map(([, , message = '']) => message);
  t.same(firstCells(logMessages), [...new Set(said)].sort());
});

t.test('each reason of a policy status has a row', async (t) => {
  const reasons = Object.values(POLICY_CONDITIONS).flatMap((byStatus) =>
    Object.values(byStatus).flatMap((meanings) => Object.keys(meanings)),
  );
  t.ok(reasons.length > 0);
  for (const reason of reasons) t.match(page, new RegExp(`^\\| \`\\w+(=\\w+)?\` \\| \`${reason}\` \\|`, 'm'));
});

/** `log.warn('message', …)`, and that of pino, `logger.warn({…}, 'message')`. */
const SAID = /\blog(?:ger)?\.(?:warn|error)\(\s*(?:\{[^}]*\},\s*)?(['"])(.*?)\1/g;

/** The first cells of the tables in that text. */
function firstCells(text: string): string[] {
  return [...text.matchAll(/^\| `(.*?)` \|/gm)].map(([, cell = '']) => cell).sort();
}
