import t from 'tap';
import { mendedByOther } from '../../../src/engine/credential/mend-by-other.ts';
import type { OtherWriter } from '../../../src/engine/credential/others.ts';
import { fault } from '../../../src/engine/doctor/diagnosis.ts';

const THEIRS = 'it is changed there';
const fix = (command: string, kind: OtherWriter['kind'] | undefined) =>
  mendedByOther(fault('refused', command), kind && { kind, sentence: THEIRS }).fix;

const ROTATE = 'lockstep rotate shop/app';
const FOLLOW = `${ROTATE} --as-written`;
const PSQL = "psql -c 'ALTER ROLE app LOGIN'";

t.test('no command is given that somebody else would undo', async (t) => {
  t.equal(fix(ROTATE, 'refuse'), THEIRS);
  t.equal(fix(ROTATE, 'store-first'), THEIRS);
  t.equal(fix('kubectl -n shop edit secret app', 'refuse'), THEIRS);
  t.equal(fix(`${PSQL} && ${ROTATE}`, 'refuse'), THEIRS, 'its second half writes the Secret');
  t.equal(fix(FOLLOW, 'refuse'), THEIRS, 'both keep the password of the role');
});

t.test('what writes no Secret of theirs stays right', async (t) => {
  t.equal(fix(FOLLOW, 'store-first'), FOLLOW);
  for (const command of [PSQL, 'lockstep doctor --cluster'])
    for (const kind of ['refuse', 'store-first'] as const) t.equal(fix(command, kind), command);
});

t.test('where nobody else is known to write it every command stays', async (t) => {
  t.equal(fix(ROTATE, undefined), ROTATE);
  t.equal(fix(ROTATE, 'beware'), ROTATE);
});
