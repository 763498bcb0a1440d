import t from 'tap';
import { unsupportedNodeMessage } from '../src/node-version.ts';

t.test('reports only a Node version that is too old', async (t) => {
  t.match(unsupportedNodeMessage('20.18.1'), 'needs Node 22.19 or newer, and this is 20.18.1');
  t.match(unsupportedNodeMessage('22.18.0'), 'needs Node');
  for (const version of ['22.19.0', '24.0.0', '26.10.0', '27.0.0-nightly'])
    t.equal(unsupportedNodeMessage(version), undefined);
});
