import t from 'tap';
import { searchReport } from '../../../scripts/demo/search.ts';
import { aCanary } from '../../helpers/canary/canary.ts';

const value = aCanary();
const aLog = (text: string) => ({ name: 'a log', text: `denied ${text}`, expected: 'denied' });

t.test('the report counts the bytes of each log and of all', async (t) => {
  t.same(
    searchReport([aLog('one'), aLog('two')], [value]).map((line) => line.replace(/ +/g, ' ')),
    [
      'a log 10 bytes searched, 0 hits',
      'a log 10 bytes searched, 0 hits',
      'together 20 bytes searched, 0 hits',
    ],
  );
});

t.test('eight characters of a value in a log fail the demo', async (t) => {
  t.throws(() => searchReport([aLog('one'), aLog(value.slice(3, 11))], [value]), /a value is in a log/);
});

t.test('a log that does not hold the refusal is the wrong log', async (t) => {
  t.throws(() => searchReport([{ ...aLog(''), expected: 'refused' }], [value]), /does not hold refused/);
});
