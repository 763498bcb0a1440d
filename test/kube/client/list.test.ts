import type { ServerResponse } from 'node:http';
import t, { type Test } from 'tap';
import { connect } from '../../../src/kube/client/connect.ts';
import { type ListOptions, type ListTarget, list } from '../../../src/kube/client/list.ts';
import { anApiServer, answerJson, aPage, aStatus } from '../../helpers/api/fake-api-server.ts';

type Answer = (response: ServerResponse) => void;

const things = { path: '/things', what: 'things everywhere' };

/** The list of a server that gives these answers, one for each request. The last answer repeats. */
async function listed(
  t: Test,
  answers: readonly Answer[],
  {
    what,
    waits = false,
    ...options
  }: ListOptions & { readonly what?: Partial<ListTarget>; readonly waits?: boolean } = {},
) {
  const { kubeconfig, server, asked } = await anApiServer(t, (response) =>
    answers[Math.min(asked.length, answers.length) - 1]?.(response),
  );
  const pauses: number[] = [];
  let failure: Error | undefined;
  const names: string[] = [];
  const pause = async (milliseconds: number) => pauses.push(milliseconds);
  try {
    const all = { ...(waits ? {} : { pause }), ...options };
    for await (const item of list(connect({ kubeconfig }), { ...things, ...what }, all))
      names.push((item as Thing).metadata.name);
  } catch (error) {
    failure = error as Error;
  }
  return { names, asked, pauses, server, message: failure?.message.replace(server, 'SERVER') };
}

interface Thing {
  readonly metadata: { readonly name: string };
}

const thing = (name: string, namespace = 'a') => ({ metadata: { name, namespace } });
const page =
  (names: readonly string[], more = ''): Answer =>
  (response) =>
    answerJson(
      response,
      aPage(
        names.map((name) => thing(name)),
        more,
      ),
    );
const refuse =
  (code: number, message = 'no', metadata = {}): Answer =>
  (response) =>
    answerJson(response, aStatus(code, message, metadata), code);
/** Ends inside an object. */
const cut =
  (names: readonly string[], more = ''): Answer =>
  (response) => {
    const items = names.map((name) => thing(name));
    const whole = JSON.stringify(aPage([...items, thing('cut-off')], more));
    response.setHeader('content-length', whole.length);
    response.write(whole.slice(0, whole.indexOf('cut-off')), () => setImmediate(() => response.destroy()));
  };

t.test('requests each page with the token of the one before', async (t) => {
  const { names, asked } = await listed(t, [page(['a', 'b'], 'more/1'), page([], 'more/2'), page(['c'])]);
  t.same(names, ['a', 'b', 'c']);
  t.same(asked, [
    '/things?limit=500',
    '/things?limit=500&continue=more/1',
    '/things?limit=500&continue=more/2',
  ]);
});

t.test('repeats a page that breaks off, without duplicates or gaps', async (t) => {
  const { names, asked, pauses } = await listed(t, [
    page(['a'], 'x'),
    cut(['b', 'c'], 'y'),
    page(['b', 'c', 'd'], 'y'),
    page(['e']),
  ]);
  t.same(names, ['a', 'b', 'c', 'd', 'e']);
  t.equal(asked[2], '/things?limit=125&continue=x', 'a smaller one: it may have taken too long');
  t.same(pauses, [1000]);
});

t.test('returns the current state of objects that changed between two attempts', async (t) => {
  const { names } = await listed(t, [cut(['a', 'c']), page(['b', 'd'])]);
  // b was written behind the position of the reader, as if the list had been a moment earlier.
  t.same(names, ['a', 'c', 'd']);
});

t.test('asks a busy server five times, and one that breaks off three times', async (t) => {
  const cases = [
    { answer: refuse(500), pauses: [1000, 2000, 4000, 8000] },
    { answer: refuse(504), pauses: [1000, 2000, 4000, 8000] },
    { answer: refuse(429), pauses: [1000, 2000, 4000, 8000] },
    { answer: cut([]), pauses: [1000, 2000] },
  ];
  for (const { answer, pauses } of cases) {
    const retries: string[] = [];
    const onRetry = () => retries.push('again');
    const reported = await listed(t, [answer], { onRetry });
    t.match(reported.message, /while listing things everywhere/);
    t.equal(reported.asked.length, pauses.length + 1);
    t.same(reported.pauses, pauses);
    t.equal(retries.length, pauses.length);
  }
});

t.test('counts attempts again after progress', async (t) => {
  const steps = ['a', 'b', 'c', 'd', 'e', 'f'];
  const answers = steps.map((_, step) => cut(steps.slice(0, step + 1)));
  const { names, message } = await listed(t, [...answers, page([...steps, 'g'])]);
  t.same(names, [...steps, 'g']);
  t.equal(message, undefined);
});

t.test('continues an expired page from the same place, and reports that', async (t) => {
  let expired = 0;
  const { names, asked, pauses } = await listed(
    t,
    [page(['a'], 'old'), refuse(410, 'too old', { continue: 'new' }), page(['b'])],
    {
      onExpired: () => {
        expired += 1;
      },
    },
  );
  t.same(names, ['a', 'b']);
  t.equal(asked[2], '/things?limit=500&continue=new');
  t.equal(expired, 1);
  t.same(pauses, []);
});

t.test('stops at a list that expires without a new token, or repeatedly', async (t) => {
  const gone = await listed(t, [page(['a'], 'old'), refuse(410, 'the token is too old')]);
  t.match(gone.message, 'the API server refused while listing things everywhere: the token is too old');
  t.equal(gone.asked.length, 2);
  const again = await listed(t, [page(['a'], 'old'), refuse(410, 'too old', { continue: 'new' })]);
  t.match(again.message, 'too old');
  t.equal(again.asked.length, 6);
});

t.test('reports a refused right without a retry', async (t) => {
  const { message, asked } = await listed(t, [refuse(403, 'things is forbidden: User "me" cannot list')]);
  t.match(
    message,
    /^this user may not list things everywhere; bind a role with this right to it, as kubectl create clusterrole \S+ --verb=list --resource=\S* makes one; kubectl auth can-i --list/,
  );
  t.equal(asked.length, 1);
});

t.test('returns an empty list for an optional kind that is not installed', async (t) => {
  const absent = refuse(404, 'the server could not find the requested resource');
  const optional = await listed(t, [absent], { what: { isOptional: true } });
  t.same([optional.names, optional.message, optional.asked.length], [[], undefined, 1]);
  const needed = await listed(t, [absent]);
  t.match(needed.message, 'could not find the requested resource');
});

/** Long enough for a request to arrive on a busy machine, because the server counts each attempt. */
const SILENCE_MS = 600;

t.test('times out on a silent or very slow server', async (t) => {
  const silent = await listed(t, [() => {}], { silence: SILENCE_MS });
  t.equal(
    silent.message,
    'the API server SERVER did not answer in time while listing things everywhere; try again',
  );
  t.equal(silent.asked.length, 3);

  const stalled = await listed(t, [(response) => response.write('{"items":[{"metadata":{"name":"a"}},')], {
    silence: SILENCE_MS,
  });
  t.match(stalled.message, 'did not answer in time');
  t.same(stalled.names, ['a']);

  const drip: Answer = (response) => {
    response.write('{"items":[');
    const timer = setInterval(() => response.write(' '), 10);
    response.on('close', () => clearInterval(timer));
  };
  const dripping = await listed(t, [drip], { silence: 5000, longest: SILENCE_MS });
  t.match(dripping.message, 'did not answer in time');
  t.equal(dripping.asked.length, 3);
});

t.test('stops on its signal, also during a pause', async (t) => {
  const stop = new AbortController();
  const { names, message, asked } = await listed(
    t,
    [
      page(['a'], 'x'),
      () => {
        stop.abort();
      },
    ],
    { signal: stop.signal },
  );
  t.same([names, message, asked.length], [['a'], 'stopped by a signal before all were read', 2]);

  const later = new AbortController();
  const onRetry = () => setImmediate(() => later.abort());
  const waiting = await listed(t, [refuse(503)], { signal: later.signal, onRetry, waits: true });
  t.equal(waiting.message, 'stopped by a signal before all were read');
});

t.test('reports an answer that is no JSON, without a quote', async (t) => {
  for (const text of [
    '<html>canary</html>',
    '',
    '{"items":[canary]}',
    '{"items":[{canary}]}',
    '{"items":[',
  ]) {
    const { message } = await listed(t, [(response) => response.end(text)]);
    t.equal(
      message,
      'cannot reach the API server SERVER (its answer is no JSON) while listing things everywhere',
      text,
    );
  }
});

t.test('does not read other JSON as an empty list', async (t) => {
  for (const text of [
    '{}',
    '[]',
    'null',
    '1',
    '{"kind":"Status","items":[]}',
    '{"kind":"Secret","items":[]}',
  ]) {
    const { message } = await listed(t, [(response) => response.end(text)]);
    t.match(message, 'cannot reach the API server SERVER (its answer is no list)', text);
  }
});

t.test('shrinks pages that break off, and grows them after complete ones', async (t) => {
  const { names, asked } = await listed(t, [
    cut(['a'], 'x'),
    cut(['a', 'b'], 'x'),
    page(['a', 'b', 'c'], 'x'),
    page(['d'], 'y'),
    page(['e']),
  ]);
  t.same(names, ['a', 'b', 'c', 'd', 'e']);
  t.same(
    asked.map((path) => /limit=(\d+)/.exec(path)?.[1]),
    ['500', '125', '31', '62', '124'],
  );
});

t.test('skips and reports an object over 16 MiB, also in a repeated page', async (t) => {
  const large = { metadata: { name: 'b', namespace: 'a' }, text: 'x'.repeat(17 * 1024 * 1024) };
  const whole = JSON.stringify(aPage([thing('a'), large, thing('c'), thing('cut-off')]));
  const reported: string[] = [];
  const { names } = await listed(
    t,
    [
      (response) => {
        response.setHeader('content-length', whole.length);
        response.write(whole.slice(0, whole.indexOf('cut-off')), () =>
          setTimeout(() => response.destroy(), 200),
        );
      },
      (response) => answerJson(response, aPage([thing('a'), large, thing('c'), thing('d')])),
    ],
    { onOversized: ({ namespace, name }) => reported.push(`${namespace}/${name}`) },
  );
  t.same(names, ['a', 'c', 'd']);
  t.same(reported, ['a/b']);
});
