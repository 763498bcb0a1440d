import { glob, readFile } from 'node:fs/promises';
import t from 'tap';
import { unsupportedNodeMessage } from '../src/node-version.ts';

t.test('reports only a Node version that is too old', async (t) => {
  t.match(unsupportedNodeMessage('20.18.1'), 'needs Node 22.19 or newer, and this is 20.18.1');
  t.match(unsupportedNodeMessage('22.18.0'), 'needs Node');
  for (const version of ['22.19.0', '24.0.0', '26.10.0', '27.0.0-nightly'])
    t.equal(unsupportedNodeMessage(version), undefined);
});

// esbuild keeps a regular expression as it is, so the target of the build does not cover it.
t.test('no regular expression has a group name twice, which Node refuses before version 23', async (t) => {
  let files = 0;
  for await (const path of glob('src/**/*.ts')) {
    files++;
    for (const line of (await readFile(path, 'utf8')).split('\n')) {
      const names = [...line.matchAll(/\(\?<(\w+)>/g)].map(([, name]) => name);
      if (new Set(names).size !== names.length) t.fail(`${path}: ${line.trim()}`);
    }
  }
  t.ok(files > 500, `${files} files`);
});
