import { readFile } from 'node:fs/promises';
import t from 'tap';
import { chartFiles } from '../../scripts/chart-files.ts';
import { generatedFiles } from '../../scripts/generated-files.ts';

t.test('`npm run docs` would change no file', async (t) => {
  for (const [path, text] of [...(await generatedFiles()), ...(await chartFiles())])
    t.equal(await readFile(path, 'utf8'), text, path);
});
