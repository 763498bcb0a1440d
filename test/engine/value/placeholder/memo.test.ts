import t from 'tap';
import { classifyPlaceholder } from '../../../../src/engine/value/placeholder/classify.ts';
import { closeMemo, openMemo, readOnce } from '../../../../src/engine/value/placeholder/vocabulary/memo.ts';

/** Each read has a number, so an answer shows whether the text was read again. */
function numberedReads(): (text: string) => string {
  let reads = 0;
  return readOnce((text) => {
    reads += 1;
    return `${text} ${reads}`;
  });
}

const LONG = 'change-me-quasar-'.repeat(10);

t.test('an equal part is read once while the memo is open', async (t) => {
  const read = numberedReads();
  t.equal(openMemo(LONG), true);
  t.equal(openMemo(LONG), false, 'a value inside the value has the same memo');
  t.equal(read('quasar'), 'quasar 1');
  t.equal(read('quasar'), 'quasar 1');
  closeMemo();
  t.equal(read('quasar'), 'quasar 2');
});

t.test('no part of a value stays behind the value', async (t) => {
  const read = numberedReads();
  openMemo(LONG);
  read('quasar');
  closeMemo();
  openMemo(LONG);
  t.equal(read('quasar'), 'quasar 2');
  closeMemo();
});

t.test('a short value opens no memo', async (t) => {
  t.equal(openMemo('change-me'), false);
});

t.test('a check that fails closes the memo', async (t) => {
  const context = {
    role: 'secret' as const,
    key: 'PASSWORD',
    contextWords: () => {
      throw new Error('no names');
    },
  };
  t.throws(() => classifyPlaceholder('quasar zephyr mariposa '.repeat(4), context), /no names/);
  t.equal(openMemo(LONG), true);
  closeMemo();
});

t.test('the parts of a value are bounded', async (t) => {
  const read = numberedReads();
  openMemo(LONG);
  for (let number = 0; number < 1000; number += 1) read(`${number}`);
  t.equal(read('999'), '999 1001', 'not kept');
  t.equal(read('0'), '0 1', 'kept');
  closeMemo();
});
