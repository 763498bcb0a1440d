import t from 'tap';

import { type PolicyTestResult, policyTestReport } from '../../../src/report/policy/policy-test-text.ts';

const aCase = (tried: Partial<PolicyTestResult> = {}): PolicyTestResult => ({
  file: 'shop.test.yaml',
  line: 3,
  name: 'a whole Secret is let in',
  difference: undefined,
  ...tried,
});

const wrong = aCase({
  line: 9,
  name: 'a placeholder is refused',
  difference: { missing: ['verdict deny'], unexpected: ['verdict allow'] },
});

t.test('cases that went well are a line each', async (t) => {
  t.equal(
    policyTestReport([aCase(), aCase({ file: 'other.test.yaml' })], 'text', false),
    `shop.test.yaml
  ok      a whole Secret is let in

other.test.yaml
  ok      a whole Secret is let in

2 cases in 2 files: 2 ok
`,
  );
});

t.test('prints a failed case with its position and difference', async (t) => {
  t.equal(
    policyTestReport([aCase(), wrong], 'text', false),
    `shop.test.yaml
  ok      a whole Secret is let in
  not ok  a placeholder is refused
          shop.test.yaml:9: - expected, + got
          - verdict deny
          + verdict allow

2 cases in 1 file: 1 ok, 1 not ok
`,
  );
});

t.test('colour only where it is asked for, and a name can do no more than be seen', async (t) => {
  t.match(policyTestReport([wrong], 'text', true), '\u001b[31mnot ok\u001b[39m');
  t.notMatch(policyTestReport([aCase({ name: 'x\u001b[31m' })], 'text', false), '\u001b');
});
