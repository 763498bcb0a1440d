import t from 'tap';
import { writeConflictBreaker } from '../../../src/controllers/queue/write-conflict-breaker.ts';

const MINUTE = 60 * 1000;

function aDetector() {
  const reported: string[] = [];
  const detector = writeConflictBreaker<string>((key) => reported.push(`freed ${key}`));
  const recordWrite = (key: string, now: number): void => {
    if (detector.recordWrite(key, now)) reported.push(`suspended ${key}`);
  };
  /** Writes `times` times, once a second. */
  const write = (key: string, times: number, from = 0): void => {
    for (let each = 0; each < times; each += 1) recordWrite(key, from + each * 1000);
  };
  return { ...detector, recordWrite, write, reported };
}

t.test('a sixth write of a Secret within ten minutes suspends it', async (t) => {
  const { write, mayWrite, reported } = aDetector();
  write('a/b', 5);
  t.ok(mayWrite('a/b', 9 * MINUTE));
  write('a/b', 1, 9 * MINUTE);
  t.notOk(mayWrite('a/b', 9 * MINUTE));
  t.same(reported, ['suspended a/b']);
});

t.test('other Secrets are not suspended', async (t) => {
  const { write, mayWrite } = aDetector();
  write('a/b', 6);
  t.ok(mayWrite('a/c', 6000));
  write('a/c', 5);
  t.ok(mayWrite('a/c', 6000));
});

t.test('a suspension is reported once, however often the Secret is asked for and written', async (t) => {
  const { write, mayWrite, reported } = aDetector();
  write('a/b', 60);
  for (let asked = 0; asked < 10; asked += 1) mayWrite('a/b', 2 * MINUTE);
  t.same(reported, ['suspended a/b']);
});

t.test('writes that lie further apart suspend nothing', async (t) => {
  const { recordWrite: wrote, reported } = aDetector();
  for (let hour = 0; hour < 10; hour += 1) {
    for (let each = 0; each < 5; each += 1) wrote('a/b', hour * 11 * MINUTE + each);
  }
  t.same(reported, []);
});

t.test('a suspension ends after an hour, and the count starts again', async (t) => {
  const { write, mayWrite, reported } = aDetector();
  write('a/b', 6);
  t.notOk(mayWrite('a/b', 60 * MINUTE));
  t.ok(mayWrite('a/b', 61 * MINUTE));
  write('a/b', 5, 61 * MINUTE);
  t.ok(mayWrite('a/b', 62 * MINUTE));
  write('a/b', 1, 62 * MINUTE);
  t.notOk(mayWrite('a/b', 62 * MINUTE));
  t.same(reported, ['suspended a/b', 'freed a/b', 'suspended a/b']);
});

t.test('the end of a suspension is reported on a call for any Secret', async (t) => {
  const { write, mayWrite, reported } = aDetector();
  write('a/b', 6);
  mayWrite('x/y', 61 * MINUTE);
  t.same(reported, ['suspended a/b', 'freed a/b']);
});

t.test('a deleted Secret is forgotten', async (t) => {
  const { write, mayWrite, forget, reported } = aDetector();
  write('a/b', 6);
  forget('a/b');
  t.ok(mayWrite('a/b', 6000));
  forget('a/b');
  write('a/b', 5, 7000);
  forget('a/b');
  write('a/b', 5, 13_000);
  t.ok(mayWrite('a/b', 20_000));
  t.same(reported, ['suspended a/b', 'freed a/b']);
});

t.test('a key may have any name', async (t) => {
  const { write, mayWrite } = aDetector();
  t.ok(mayWrite('__proto__', 0));
  write('__proto__', 6);
  t.notOk(mayWrite('__proto__', 6000));
});
