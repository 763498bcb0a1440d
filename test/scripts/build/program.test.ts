import t from 'tap';
import { cacheOf } from '../../../scripts/build/program.ts';

t.test('only serve has a code cache of its own, because only serve limits its heap', async (t) => {
  t.equal(cacheOf('serve'), 'serve');
  for (const command of ['check', 'render', 'controller', '--version', undefined])
    t.equal(cacheOf(command), 'command');
});
