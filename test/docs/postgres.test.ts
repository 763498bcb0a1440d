import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { compileCredential } from '../../src/engine/login/credential-schema/compile.ts';
import { postgresCredentialSchema } from '../../src/engine/login/credential-schema/postgres-schema.ts';
import { CREDENTIAL_CONDITIONS } from '../../src/engine/login/status/status.ts';
import { blocksOf, ROOT, readPage, sectionOf } from '../helpers/pages/pages.ts';

// What is done with it, on a real server: test/cluster/docs/credential-pages.test.ts.
const page = await readPage('docs/tasks/connect-postgresql.md');
const PAGES = [
  'docs/tasks/connect-postgresql.md',
  'docs/tasks/create-an-administrator.md',
  'docs/tasks/change-a-password.md',
  'docs/concepts/password-change.md',
  'docs/reference/postgresql.md',
];
const source = (file: string): Promise<string> => readFile(join(ROOT, 'src', file), 'utf8');

t.test('the PostgresCredential of the page can be worked by', async (t) => {
  const block = blocksOf(page).find(({ markers }) => markers.has('file'));
  t.hasStrict(compileCredential(parse(block?.text ?? '')), {
    credential: { namespace: 'shop', spec: { secretName: 'app', strategy: 'SingleUser' } },
  });
});

t.test('each reason of a condition has a row, and each row is one', async (t) => {
  const reasons = Object.values(CREDENTIAL_CONDITIONS).flatMap((byStatus) =>
    Object.values(byStatus).flatMap((meanings) => Object.keys(meanings)),
  );
  const rows = sectionOf(
    await readPage('docs/reference/events-and-conditions.md'),
    '## Status and conditions',
  ).matchAll(/^\|[^|]*\| ([^|]*) \|/gm);
  const written = [...rows].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, word]) => word),
  );
  t.same(written.sort(), reasons.sort());
});

t.test('each Event of a login has a row in docs/reference/events-and-conditions.md', async (t) => {
  const reasons = [
    ...(await source('controllers/secret/secret-event.ts')).matchAll(
      /case '(?:change|login|password)-[\w-]+':\s+return \{\s*reason: '(\w+)'/g,
    ),
  ];
  const rows = sectionOf(
    await readPage('docs/reference/events-and-conditions.md'),
    '### Events of a login',
  ).matchAll(/^\| `(\w+)` \|/gm);
  t.same(
    [...rows].map(([, reason]) => reason).sort(),
    [...new Set(reasons.map(([, reason]) => reason))].sort(),
  );
});

t.test('the pages about PostgreSQL describe each field', async (t) => {
  const pages = await Promise.all(PAGES.map(readPage));
  const text = pages.join('\n');
  for (const name of Object.keys(postgresCredentialSchema.shape.spec.shape))
    t.match(text, new RegExp(`\\b${name}\\b`), name);
});
