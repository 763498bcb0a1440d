import t from 'tap';
import { answerBudgetMs } from '../../../src/admission/http/deadline.ts';

t.test('takes the budget from the timeout of the caller, less the reserve for the response', async (t) => {
  for (const [given, milliseconds] of [
    ['3s', 2750],
    ['2.5s', 2250],
    ['1m0s', 9750],
    ['30s', 9750],
    ['400ms', 200],
    ['100ms', 50],
    ['10s', 9750],
  ] as const) {
    t.equal(answerBudgetMs(given), milliseconds, given);
  }
});

t.test('uses the default of the API server without a valid timeout', async (t) => {
  for (const given of [undefined, '', '3', 's', '-3s', '0s', '3 s', '3s!', ['3s', '4s'], 'constructor']) {
    t.equal(answerBudgetMs(given), 9750, String(given));
  }
});

t.test('ignores a timeout of thousands of digits', async (t) => {
  t.equal(answerBudgetMs(`${'0'.repeat(16_000)}1s`), answerBudgetMs(undefined));
  t.equal(answerBudgetMs(`${'0'.repeat(30)}1s`), answerBudgetMs('1s'), 'one of 32 characters is read');
});
