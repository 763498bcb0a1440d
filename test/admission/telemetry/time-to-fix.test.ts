import t from 'tap';
import { timeToFixTracker } from '../../../src/admission/telemetry/time-to-fix.ts';
import { aDenial, anAllowance, aPass } from '../../helpers/admission/review-result.ts';

const MINUTE = 60_000;

function watching() {
  const clock = { now: 5 };
  return { clock, note: timeToFixTracker(() => clock.now) };
}

t.test('measures once from the first denial to the allowed write', async (t) => {
  const { clock, note } = watching();
  t.equal(note(aDenial()), undefined);
  clock.now += MINUTE;
  t.equal(note(aDenial()), undefined);
  clock.now += MINUTE;
  t.equal(note(anAllowance()), 2 * MINUTE);
  t.equal(note(anAllowance({ stored: '8' })), undefined);
});

t.test('ignores a write without validation', async (t) => {
  const { clock, note } = watching();
  note(aDenial({ stored: '7' }));
  clock.now += MINUTE;
  t.equal(note(aPass({ stored: '7' })), undefined);
  t.equal(note(anAllowance({ stored: '7' })), MINUTE);
});

t.test('ignores a denial if another version is stored now', async (t) => {
  const { clock, note } = watching();
  note(aDenial());
  t.equal(note(anAllowance({ stored: '8' })), undefined);
  note(aDenial({ stored: '9' }));
  clock.now += MINUTE;
  note(aDenial({ stored: '12' }));
  clock.now += MINUTE;
  t.equal(note(anAllowance({ stored: '12' })), MINUTE, 'a denial after such a write is a first one');
});

t.test('ignores dry runs, Secrets without a name, and other Secrets', async (t) => {
  const { note } = watching();
  note(aDenial({ request: { dryRun: true } }));
  t.equal(note(anAllowance()), undefined);
  note(aDenial({ request: { name: '' } }));
  t.equal(note(anAllowance({ request: { name: '' } })), undefined);
  note(aDenial());
  t.equal(note(anAllowance({ request: { name: 'other' } })), undefined);
  t.equal(note(anAllowance({ request: { dryRun: true } })), undefined);
  t.equal(note(anAllowance()), 0);
});

t.test('ignores a version that no API server sends', async (t) => {
  const { note } = watching();
  const stored = '1'.repeat(21);
  note(aDenial({ stored }));
  t.equal(note(anAllowance({ stored })), undefined);
});
