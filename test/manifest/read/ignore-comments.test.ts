import t from 'tap';
import { aSecret, readText } from '../../helpers/commands/manifest-text.ts';

/** `line of the comment > line of its content: text` */
async function commentsIn(text: string | Uint8Array): Promise<readonly string[]> {
  const { ignoreComments = [], errors } = await readText(text);
  t.same(errors, []);
  return ignoreComments.map(
    ({ place, targetLine, word, text: rest }) =>
      `${place.line}:${place.column} > ${targetLine} ${word}${rest}`,
  );
}

t.test('finds a comment behind a value, above a key and above the Secret', async (t) => {
  t.same(
    await commentsIn(
      `# lockstep:ignore required -- a\n# another comment\n\n${aSecret('stringData:\n  A: x # lockstep:ignore weak -- b\n  #lockstep:ignore placeholder -- c\n  B: "y"\n')}`,
    ),
    ['1:1 > 4 ignore required -- a', '9:8 > 9 ignore weak -- b', '10:3 > 11 ignore placeholder -- c'],
  );
});

t.test('comments above one another are about the same line', async (t) => {
  t.same(
    await commentsIn(
      aSecret(
        'stringData:\n  # lockstep:ignore weak -- a\n  # text\n  # lockstep:ignore empty -- b\n  A: x\n',
      ),
    ),
    ['6:3 > 9 ignore weak -- a', '8:3 > 9 ignore empty -- b'],
  );
});

t.test('text inside a value is no comment', async (t) => {
  const mark = '# lockstep:ignore placeholder -- a';
  for (const value of [
    `|\n    ${mark}\n    text ${mark}\n`,
    `>-\n    text\n    ${mark}\n`,
    `"a ${mark}\n    ${mark}"\n`,
    `'a ${mark}'\n`,
    `x${mark}\n`,
  ])
    t.same(await commentsIn(aSecret(`stringData:\n  A: ${value}`)), [], value);
  t.same(await commentsIn(JSON.stringify({ apiVersion: 'v1', kind: 'Secret', stringData: { A: mark } })), []);
});

t.test('the comment behind the sign of a block is about its key', async (t) => {
  t.same(
    await commentsIn(
      aSecret('stringData:\n  A: | # lockstep:ignore weak -- a\n    text # lockstep:ignore x\n'),
    ),
    ['6:8 > 6 ignore weak -- a'],
  );
});

t.test('a comment at the end of a document is about itself, and never about the next document', async (t) => {
  t.same(await commentsIn(`${aSecret()}# lockstep:ignore weak -- a\n---\n${aSecret()}`), [
    '7:1 > 7 ignore weak -- a',
  ]);
});

t.test(
  'finds a comment in a List, behind a dash, with other ends of lines and after a byte-order mark',
  async (t) => {
    const list = `apiVersion: v1\nkind: List\nitems:\n- # lockstep:ignore weak -- a\n  apiVersion: v1\n  kind: Secret\n  metadata: {name: a}\n  stringData: {A: x}\n`;
    t.same(await commentsIn(list), ['4:3 > 5 ignore weak -- a']);
    t.same(
      await commentsIn(
        aSecret('stringData:\n  # lockstep:ignore weak -- a\n  A: x\n').replaceAll('\n', '\r\n'),
      ),
      ['6:3 > 7 ignore weak -- a'],
    );
    t.same(await commentsIn(`\ufeff# lockstep:ignore weak -- a\n${aSecret()}`), ['1:1 > 2 ignore weak -- a']);
  },
);

t.test('finds the words that were probably meant, and no sentence about lockstep', async (t) => {
  const lines = [
    '# lockstep:allow weak',
    '# Lockstep: Skip weak',
    '# lockstep:ignored by nobody',
    '# lockstep: see the docs',
    '# as lockstep:ignore does',
    '# lockstep.dev/generate: ignore',
  ];
  t.same(
    (await commentsIn(`${lines.join('\n')}\n${aSecret()}`)).map((one) => one.replace(/^.*> \d+ /, '')),
    ['allow weak', 'skip weak'],
  );
});

t.test('a document that can not be read has no comments', async (t) => {
  const { ignoreComments, errors } = await readText(
    `# lockstep:ignore weak -- a\nkind: Secret\nstringData: {A: [\n`,
  );
  t.equal(errors.length, 1);
  t.equal(ignoreComments, undefined);
});

t.test('a hundred and fifty thousand comments, each above the other, are read once', async (t) => {
  const comments = '# lockstep:ignore weak -- a\n'.repeat(150_000);
  const { ignoreComments = [] } = await readText(`${comments}${aSecret()}`);
  t.equal(ignoreComments.length, 150_000);
  t.ok(ignoreComments.every(({ targetLine }) => targetLine === 150_001));
});
