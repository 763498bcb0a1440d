import t from 'tap';
import { runElector } from '../../../src/controllers/leader-election/elector.ts';
import {
  type LeaderElectionNeeds,
  type ObservedLease,
  runTerm,
} from '../../../src/controllers/leader-election/term.ts';
import { virtualTime } from '../../helpers/engine/virtual-time.ts';
import { fc } from '../../helpers/property.ts';

interface Lease extends ObservedLease {
  readonly version: number;
}

class Conflict extends Error {}

/** A Lease as the API server keeps one, in virtual time, and the candidates for it. */
function aWorld() {
  const time = virtualTime();
  let stored: Lease | undefined;
  let version = 0;
  const leading = new Set<string>();
  const stops: AbortController[] = [];
  const ends: Promise<unknown>[] = [];
  async function end(): Promise<void> {
    for (const stop of stops) stop.abort();
    await time.pass(200_000);
    await Promise.all(ends);
  }
  /** `SECOND NAME WHAT` */
  const story: string[] = [];
  const note = (who: string, what: string): void => {
    story.push(`${Math.floor(time.now() / 1000)} ${who} ${what}`);
  };
  const put = (tenure: Pick<ObservedLease, 'holder' | 'seconds'>): Lease => {
    version += 1;
    stored = { ...tenure, version, mark: String(version) };
    return stored;
  };

  function candidate(
    name: string,
    how: Partial<LeaderElectionNeeds<Lease>> & { readonly slowToStop?: number } = {},
  ) {
    const stop = new AbortController();
    let isCut = false;
    /** A call that starts while the candidate is disconnected fails after five seconds. */
    const answered = async <Answer>(answer: () => Answer): Promise<Answer> => {
      const isLost = isCut;
      await time.sleep(isLost ? 5000 : 5);
      if (isLost) throw new Error('silent');
      return answer();
    };
    const needs: LeaderElectionNeeds<Lease> = {
      identity: name,
      read: () => answered(() => stored),
      write: (tenure, replaced) =>
        answered(() => {
          if (stored?.version !== replaced?.version) throw new Conflict();
          return put(tenure);
        }),
      isConflict: (error) => error instanceof Conflict,
      now: time.now,
      random: () => 0,
      sleep: time.sleep,
      work: async (signal) => {
        note(name, ['works', ...leading].join(' beside '));
        leading.add(name);
        await time.sleep(Number.POSITIVE_INFINITY, signal);
        await time.sleep(how.slowToStop ?? 10);
        leading.delete(name);
        note(name, 'stopped');
      },
      onChange: ({ leading, leader: by }) => note(name, leading ? 'leads' : `follows ${by ?? 'nobody'}`),
      onError: (error) =>
        note(
          name,
          error === undefined ? 'is well' : `fails: ${error instanceof Error ? error.message : error}`,
        ),
      ...how,
    };
    const ended = runElector(needs, stop.signal);
    ends.push(ended.catch(() => {}));
    stops.push(stop);
    return {
      ended,
      stop: () => stop.abort(),
      cut: () => {
        isCut = true;
      },
      heal: () => {
        isCut = false;
      },
    };
  }

  return {
    time,
    candidate,
    note,
    /** The events since the last call. */
    story: () => story.splice(0),
    stored: () => stored,
    put,
    remove: () => {
      stored = undefined;
    },
    isLed: () => leading.size > 0,
    /** Ends all candidates. */
    end,
  };
}

t.test('one of two replicas leads, and the other one waits', async (t) => {
  const { time, candidate, story, stored } = aWorld();
  candidate('a');
  candidate('b');
  await time.pass(3_600_000);
  t.same(story(), ['0 a leads', '0 a works', '2 b follows a']);
  t.match(stored(), { holder: 'a', seconds: 15 });
});

t.test('a leader releases the Lease after its work has ended, and the next replica leads', async (t) => {
  const { time, candidate, story } = aWorld();
  const first = candidate('a', { slowToStop: 40_000 });
  candidate('b');
  await time.pass(10_000);
  story();
  first.stop();
  await time.pass(45_000);
  t.same(story(), ['50 a stopped', '50 a follows nobody', '50 b leads', '50 b works']);
  await first.ended;
});

t.test('another replica leads after the lease duration of a leader that disappeared', async (t) => {
  const { time, candidate, story, put } = aWorld();
  put({ holder: 'killed', seconds: 15 });
  candidate('b');
  await time.pass(14_900);
  t.same(story(), ['0 b follows killed']);
  await time.pass(200);
  t.same(story(), ['15 b leads', '15 b works']);
});

t.test(
  'a leader that can not renew stops its work before another replica may lead, and then waits',
  async (t) => {
    const { time, candidate, story } = aWorld();
    const first = candidate('a', { slowToStop: 4000 });
    candidate('b');
    await time.pass(60_000);
    story();
    first.cut();
    await time.pass(30_000);
    const cut = story();
    t.match(cut, [/^\d+ a fails: silent/, /a follows nobody/, /a stopped/, /b leads/, /b works$/]);
    first.heal();
    await time.pass(10_000);
    t.match(story(), [/a is well/, /a follows b/]);
  },
);

t.test('one call without an answer does not lose the leadership', async (t) => {
  const { time, candidate, story, isLed } = aWorld();
  const only = candidate('a');
  await time.pass(60_900);
  story();
  only.cut();
  await time.pass(2500);
  only.heal();
  await time.pass(60_000);
  t.match(story(), [/^6\d a fails: silent/, /^6\d a is well/]);
  t.ok(isLed());
});

t.test(
  'the leader creates a Lease again that was deleted by hand, before any candidate takes it',
  async (t) => {
    const { time, candidate, story, stored, remove } = aWorld();
    candidate('a');
    candidate('b');
    await time.pass(10_000);
    story();
    remove();
    await time.pass(60_000);
    t.same(story(), []);
    t.match(stored(), { holder: 'a' });
  },
);

t.test('the holder in the Lease leads, even if a person wrote it', async (t) => {
  const { time, candidate, story, put } = aWorld();
  candidate('a');
  await time.pass(10_000);
  story();
  put({ holder: 'person', seconds: 15 });
  await time.pass(30_000);
  t.match(story(), [/^1\d a follows person/, /a stopped/, /^2\d a leads/, /a works/]);
});

t.test('a leader continues after a foreign change of its Lease that keeps the holder', async (t) => {
  const { time, candidate, story, put, stored } = aWorld();
  candidate('a');
  await time.pass(10_000);
  story();
  put({ holder: 'a', seconds: 1_000_000 });
  await time.pass(10_000);
  t.same(story(), []);
  t.match(stored(), { holder: 'a', seconds: 15 });
});

t.test('candidates wait between the lease duration and a minute, whatever the Lease says', async (t) => {
  for (const [seconds, from, to] of [
    [1_000_000_000, 60, 61],
    [-5, 15, 16],
    [0, 15, 16],
  ] as const) {
    const { time, candidate, isLed, put } = aWorld();
    put({ holder: 'gone', seconds });
    candidate('a');
    await time.pass(from * 1000 - 100);
    t.notOk(isLed());
    await time.pass((to - from) * 1000);
    t.ok(isLed());
  }
});

t.test('a candidate takes a Lease without a holder at once', async (t) => {
  const { time, candidate, isLed, put } = aWorld();
  put({ holder: '', seconds: 1_000_000 });
  candidate('a');
  await time.pass(100);
  t.ok(isLed());
});

t.test(
  'a replica that may not read or write the Lease keeps trying, and reports the reason once',
  async (t) => {
    for (const denied of ['read', 'write'] as const) {
      const { time, candidate, story, isLed } = aWorld();
      let isDenied = true;
      const free = { holder: '', seconds: 1, version: 1, mark: '1' };
      const forbidden = async () => {
        if (isDenied) throw new Error('forbidden');
        return denied === 'read' ? undefined : { holder: 'a', seconds: 15, version: 2, mark: '2' };
      };
      candidate('a', {
        read: async () => free,
        [denied]: forbidden,
        ...(denied === 'read' && { write: async () => free }),
      });
      await time.pass(60_000);
      t.same(story(), ['0 a fails: forbidden']);
      isDenied = false;
      await time.pass(3000);
      t.same(story(), ['62 a is well', '62 a leads', '62 a works']);
      t.ok(isLed());
    }
  },
);

t.test('failing work releases the Lease, and its error is passed on', async (t) => {
  const { time, candidate, stored } = aWorld();
  const { ended } = candidate('a', {
    work: async () => {
      throw new Error('broken');
    },
  });
  const reported = t.rejects(ended, { message: 'broken' });
  await time.pass(10_000);
  await reported;
  t.match(stored(), { holder: '', seconds: 1 });
});

t.test('work that ends before its signal releases the Lease for good', async (t) => {
  const { time, candidate, stored } = aWorld();
  const { ended } = candidate('a', { work: () => time.sleep(100) });
  await time.pass(10_000);
  await ended;
  t.match(stored(), { holder: '' });
});

t.test('work may end by throwing the reason of its signal', async () => {
  const { time, candidate } = aWorld();
  const { ended, stop } = candidate('a', {
    work: async (signal) => {
      await time.sleep(Number.POSITIVE_INFINITY, signal);
      signal.throwIfAborted();
    },
  });
  await time.pass(10_000);
  stop();
  await time.pass(10_000);
  await ended;
});

t.test('a reported holder is no longer than a name', async (t) => {
  const { time, candidate, story, put } = aWorld();
  put({ holder: 'x'.repeat(1024 * 1024), seconds: 15 });
  candidate('a');
  await time.pass(1000);
  t.ok(story().join('').length < 400);
});

t.test('a call that hangs for ever does not keep the work running', async (t) => {
  const { time, candidate, story, isLed, stored, put } = aWorld();
  put({ holder: '', seconds: 1 });
  let writes = 0;
  candidate('a', {
    write: async (tenure) => {
      writes += 1;
      return writes === 1 ? put(tenure) : time.sleep(Number.POSITIVE_INFINITY).then(() => stored()!);
    },
  });
  await time.pass(9900);
  t.same(story(), ['0 a leads', '0 a works']);
  await time.pass(200);
  t.same(story(), ['10 a follows nobody', '10 a stopped']);
  t.notOk(isLed());
});

t.test('a lost term whose work does not end within half a minute ends the process', async (t) => {
  const { time, candidate, story } = aWorld();
  const only = candidate('a', { slowToStop: 100_000 });
  const ended = t.rejects(only.ended, { code: 'LOCKSTEP_LEADERSHIP_STOP_TIMEOUT' });
  await time.pass(10_000);
  only.cut();
  await time.pass(10_000);
  only.heal();
  story();
  await time.pass(30_000);
  await ended;
  await time.pass(200_000);
  t.match(story(), [/^\d\d\d a stopped/], 'the work is not begun a second time by the same process');
});

t.test('a term that was lost before its work began ends the process too', async (t) => {
  const time = virtualTime();
  await time.pass(11_000);
  const never = (): Promise<never> => new Promise(() => {});
  let code: unknown;
  const needs = {
    identity: 'a',
    read: never,
    write: never,
    isConflict: () => false,
    work: never,
    now: time.now,
    random: () => 0,
    sleep: time.sleep,
    onChange: () => {},
    onError: () => {},
  };
  const lease = { holder: 'a', seconds: 15, mark: '1' };
  runTerm(needs, { lease, renewedAt: 0 }, new AbortController().signal).catch((error) => {
    code = error.code;
  });
  await time.pass(29_000);
  t.equal(code, undefined);
  await time.pass(2000);
  t.equal(code, 'LOCKSTEP_LEADERSHIP_STOP_TIMEOUT');
});

t.test('a lost term whose work ends late is followed by another attempt', async (t) => {
  const { time, candidate, story } = aWorld();
  const only = candidate('a', { slowToStop: 29_000 });
  await time.pass(10_000);
  only.cut();
  await time.pass(15_000);
  only.heal();
  story();
  await time.pass(60_000);
  t.match(story(), [/a stopped/, /a is well/, /a leads/, /a works$/]);
});

t.test(
  'mayWrite is false after the lease duration may have ended, whichever callback runs first',
  async (t) => {
    const { time, candidate, put } = aWorld();
    let frozen = 0;
    const may: boolean[] = [];
    const only = candidate('a', {
      now: () => time.now() + frozen,
      work: async (signal, mayWrite) => {
        may.push(mayWrite());
        await time.sleep(5000);
        // Like a process that is stopped and continued: time has passed, and no timer has run yet.
        frozen = 12_500;
        may.push(mayWrite());
        frozen = 13_500;
        may.push(mayWrite());
        frozen = 0;
        may.push(mayWrite());
        put({ holder: 'another', seconds: 15 });
        await time.sleep(Number.POSITIVE_INFINITY, signal);
        may.push(mayWrite());
      },
    });
    await time.pass(20_000);
    t.same(may.slice(0, 1), [true]);
    t.same(may.slice(2), [false, true, false], 'late, in time, and taken by another one');
    only.stop();
  },
);

t.test(
  'two replicas never work at once, whichever connection fails when, and finally one works',
  async () => {
    const NAMES = ['a', 'b', 'c'] as const;
    const event = fc.record({
      who: fc.nat(NAMES.length - 1),
      what: fc.constantFrom('cut' as const, 'heal' as const),
      after: fc.integer({ min: 1, max: 20_000 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 30 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }),
        async (events, chances) => {
          const { time, candidate, story, isLed, end } = aWorld();
          let drawn = 0;
          const random = (): number => chances[drawn++ % chances.length]!;
          const all = NAMES.map((name) => candidate(name, { random, slowToStop: 4500 }));
          for (const { who, what, after } of events) {
            all[who]![what]();
            await time.pass(after);
          }
          for (const one of all) one.heal();
          await time.pass(60_000);
          const isLedAtLast = isLed();
          await end();
          return isLedAtLast && !story().some((line) => line.includes('beside'));
        },
      ),
      { numRuns: 100 },
    );
  },
);
