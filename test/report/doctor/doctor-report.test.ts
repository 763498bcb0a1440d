import t from 'tap';
import type { NamedCheckResult } from '../../../src/engine/diagnosis/cluster-checks/checks.ts';
import { doctorObject, doctorText } from '../../../src/report/doctor/doctor-report.ts';

const aTold = (different: Partial<NamedCheckResult> = {}): NamedCheckResult => ({
  check: 'secret-readers',
  outcome: 'warning',
  message: 'one subject may read every Secret',
  fix: 'give a Role',
  names: ['User jane'],
  ...different,
});
const WELL = aTold({ check: 'ca-bundle', outcome: 'ok', message: 'each has one', fix: '', names: [] });

t.test('a line for each check, whom it is about, what to do, and the counts', async (t) => {
  t.equal(
    doctorText([WELL, aTold(), aTold({ check: 'controller', outcome: 'unknown', names: [] })], false),
    `ok       ca-bundle       each has one
warning  secret-readers  one subject may read every Secret
                         - User jane
                         give a Role
unknown  controller      one subject may read every Secret
                         give a Role

3 checks: 1 well, 1 with a warning, 1 not known
`,
  );
});

t.test('reports that all checks passed', async (t) => {
  t.match(doctorText([WELL], false), /\n1 checks?: 1 well\n$/);
});

t.test('escapes foreign names for the terminal', async (t) => {
  const text = doctorText([aTold({ names: ['User \u001b[2J\nok  all is well \u202e'] })], false);
  t.match(text, '- User \\u001b[2J\\u000aok  all is well \\u202e\n');
});

t.test('with colour the outcome is painted, and nothing else', async (t) => {
  t.match(
    doctorText([aTold({ outcome: 'fault' })], true),
    /^\u001b\[31mfault {2}\u001b\[39m {2}secret-readers/,
  );
});

t.test('as an object it is one object, with the counts', async (t) => {
  t.same(doctorObject([WELL, aTold()]), {
    checks: [WELL, aTold()],
    summary: { ok: 1, warning: 1, fault: 0, unknown: 0 },
  });
});
