import t from 'tap';
import { breachesIn } from '../../scripts/prose/lint.ts';

const LONG = `The controller writes ${'one more '.repeat(12)}value.`;

/** Faults that are planted, one a page, and the message that must name them. */
const PLANTED: readonly { readonly text: string; readonly message: RegExp }[] = [
  { text: 'Who reads the Secret late is locked out.', message: /begins with "Who"/ },
  { text: 'It works. Whoever reads it is restarted.', message: /begins with "Whoever"/ },
  { text: '- Of such a Secret five versions are kept.', message: /begins with "Of"/ },
  { text: '## What it is', message: /begins with "What"/ },
  { text: '| a | b |\n|---|---|\n| x | where it runs |', message: /begins with "where"/ },
  { text: LONG, message: /has 28 words/ },
  { text: 'It reads: once; then it writes.', message: /2 colons and semicolons/ },
  { text: 'The controller mends the key.', message: /“mends”, use “fixes”/ },
];

const pageWith = (text: string): Promise<readonly { line: number; message: string }[]> =>
  breachesIn('docs/page.md', text);

t.test('finds each kind of breach in a page, with its line', async (t) => {
  for (const { text, message } of PLANTED) {
    const [breach] = await pageWith(`# Title\n\nA clean sentence\nof two lines.\n\n${text}`);
    t.match(breach?.message ?? '', message, text);
    t.ok((breach?.line ?? 0) >= 6, text);
  }
});

t.test('names the line of a sentence inside a paragraph', async (t) => {
  const [breach] = await pageWith('The first sentence is clean.\nThe second is too.\nWhat follows is not.');
  t.equal(breach?.line, 3);
});

t.test('code, commands and drawings are no prose', async (t) => {
  const page =
    '```sh\nwhat --mend everything; of: x; y\n```\n\nRun `what mend: a; b; c` first. <!-- Of: a; b -->';
  t.same(await pageWith(page), []);
});

t.test('a piece of code counts as one word', async (t) => {
  t.same(await pageWith(`Run \`${'a '.repeat(40)}\`.`), []);
});

t.test('a number may end a sentence', async (t) => {
  const sentence = `It prints ${'a word '.repeat(6)}and exits with 1.`;
  t.same(await pageWith(`${sentence} ${sentence}`), []);
});

t.test('finds breaches in the comments and messages of TypeScript, with their lines', async (t) => {
  const source = [
    '/**',
    ' * The first line is clean.',
    ' * Of the second this can not be said.',
    ' */',
    'export const a = 1; // Nobody reads this.',
    'const mend = "mend";',
    '// One comment',
    '// of two lines.',
    'fail("Nobody calls this function twice.");',
    'fail(`Where $' + '{a} is missing nothing works.`);',
    'run("select nobody from what where true");',
  ].join('\n');
  const found = await breachesIn('src/a.ts', source);
  t.same(
    found.map(({ line }) => line),
    [3, 5, 9, 10],
  );
});

t.test('finds a comment line of over 120 characters, but no wide drawing', async (t) => {
  const long = 'word '.repeat(24).trim();
  const source = `/**\n * ${long}.\n *\n *     ${long}\n */\nexport const a = 1;\n// ${long}`;
  const found = (await breachesIn('src/a.ts', source)).filter(({ message }) => /over 120/.test(message));
  t.same(
    found.map(({ line }) => line),
    [2, 7],
  );
});

t.test('outside of src only comments count', async (t) => {
  const source = '// Nobody calls this.\nfail("Nobody calls this function twice.");';
  t.same(
    (await breachesIn('scripts/a.ts', source)).map(({ line }) => line),
    [1],
  );
});

t.test('a drawing in a comment is no prose', async (t) => {
  t.same(await breachesIn('src/a.ts', '/**\n * A drawing:\n *\n *     what: a; b; c\n */\nexport {};'), []);
});

t.test('a page of over 1,200 words is a breach; a page that is looked up is none', async (t) => {
  const long = 'All is well. '.repeat(401);
  t.match(await breachesIn('docs/tasks/a.md', long), [{ line: 1, message: /^The page has 1203 words/ }]);
  t.same(await breachesIn('docs/reference/b.md', long), []);
  t.same(await breachesIn('docs/tasks/c.md', long.slice(13)), []);
});
