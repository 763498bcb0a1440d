import t from 'tap';
import { memorySource } from '../../src/tls/memory-source.ts';
import { leafOf, type ServingFiles } from '../../src/tls/serving.ts';

const DAY = 24 * 60 * 60 * 1000;

t.test(
  'a certificate in memory lives a week and is renewed at two thirds of it, by the wall clock',
  async (t) => {
    const start = Date.now();
    let now = start;
    const complain = (error: unknown): void => void t.fail(String(error));
    const source = await memorySource({ now: () => new Date(now), names: ['localhost'], complain, poll: 5 });
    const first = source.current();
    t.equal(Math.round((leafOf(first).validToDate.getTime() - start) / DAY), 7);
    t.equal(source.notReadyReason(new Date(start + 6 * DAY)), undefined);
    t.match(source.notReadyReason(new Date(start + 8 * DAY)), /has expired/);

    const renewed = new Promise<ServingFiles>((resolve) => t.teardown(source.start(resolve)));
    now = start + 5 * DAY;
    const second = await renewed;
    t.not(second.cert, first.cert);
    t.equal(source.current(), second);
  },
);
