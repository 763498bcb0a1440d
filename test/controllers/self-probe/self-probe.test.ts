import t from 'tap';
import { selfProbe } from '../../../src/controllers/self-probe/self-probe.ts';
import type { ProbeResult } from '../../../src/engine/diagnosis/cluster-checks/webhooks.ts';

const GOOD: ProbeResult = {
  reached: true,
  reason: 'reached',
  sentence: 'the API server reaches lockstep',
};
const BAD: ProbeResult = { reached: false, reason: 'refused', sentence: 'no pod is ready' };
const WORSE: ProbeResult = { reached: false, reason: 'firewall', sentence: 'a firewall' };

/**
 * Runs the self-probe on the given answers, and stops it after the last one. Returns its actions, with the seconds it
 * waited.
 */
async function story(answers: readonly ProbeResult[], readyAfter = 0): Promise<string[]> {
  const reported: string[] = [];
  const stop = new AbortController();
  const left = [...answers];
  let asked = 0;
  await selfProbe(
    {
      ready: () => asked++ >= readyAfter,
      probe: async () => left.shift()!,
      onResult: ({ reached }) => reported.push(reached ? 'observed 1' : 'observed 0'),
      onReasonChange: ({ sentence }) => reported.push(`reported: ${sentence}`),
      sleep: async (milliseconds, signal) => {
        reported.push(`waited ${milliseconds / 1000} s`);
        if (left.length === 0) stop.abort();
        signal.throwIfAborted();
      },
    },
    stop.signal,
  );
  return reported;
}

t.test('the self-probe waits until the pod is ready, probes, and then probes rarely', async (t) => {
  t.same(await story([GOOD, GOOD], 2), [
    'waited 1 s',
    'waited 1 s',
    'waited 5 s',
    'observed 1',
    'reported: the API server reaches lockstep',
    'waited 300 s',
    'observed 1',
    'waited 300 s',
  ]);
});

t.test(
  'after a failure the self-probe probes often, and reports each change of the reason once',
  async (t) => {
    t.same(await story([BAD, BAD, WORSE, GOOD]), [
      'waited 5 s',
      'observed 0',
      'reported: no pod is ready',
      'waited 10 s',
      'observed 0',
      'waited 10 s',
      'observed 0',
      'reported: a firewall',
      'waited 10 s',
      'observed 1',
      'reported: the API server reaches lockstep',
      'waited 300 s',
    ]);
  },
);

t.test('an answer after the end is not reported', async (t) => {
  const stop = new AbortController();
  const reported: ProbeResult[] = [];
  await selfProbe(
    {
      ready: () => true,
      probe: async () => {
        stop.abort();
        return BAD;
      },
      onResult: (found) => reported.push(found),
      onReasonChange: (found) => reported.push(found),
      sleep: async () => {},
    },
    stop.signal,
  );
  t.same(reported, []);
});
