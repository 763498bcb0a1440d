import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import t, { type Test } from 'tap';
import { connect } from '../../../src/kube/client/connect.ts';
import { watch } from '../../../src/kube/watch/watch.ts';
import { keyText, servingFiles } from '../../helpers/admission/serving.ts';
import { kubeconfigFor } from '../../helpers/api/kubeconfig.ts';
import { freePort } from '../../testbed/process/ports.ts';

type Answer = (response: ServerResponse, query: URLSearchParams, request: IncomingMessage) => void;

/**
 * The reports and pauses of one replica, against a server that gives these answers, one for each request. The last
 * answer repeats.
 */
async function watched(
  t: Test,
  answers: readonly Answer[],
  { silence = 5000, proven = 5000, until = '', isOptional = false, kept = (_name: string): void => {} } = {},
) {
  const files = await servingFiles();
  const asked: string[] = [];
  const server = createServer({ cert: files.cert, key: keyText(files) }, (request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'https://x');
    asked.push(searchParams.has('watch') ? `watch ${searchParams.get('resourceVersion')}` : 'list');
    answers[Math.min(asked.length, answers.length) - 1]?.(response, searchParams, request);
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const reported: string[] = [];
  const pauses: number[] = [];
  const end = new AbortController();
  t.teardown(() => {
    end.abort();
    server.closeAllConnections();
    server.close();
  });
  const tell = (what: string): void => {
    reported.push(what);
    if (reported.join(', ').includes(until) && until !== '') end.abort();
  };
  await watch(
    connect({ kubeconfig: kubeconfigFor(t, `https://127.0.0.1:${port}`) }),
    {
      path: '/things',
      what: 'things',
      parse: (one) => {
        const { name } = (one as Thing).metadata;
        kept(name);
        return name;
      },
      isOptional,
    },
    {
      onReplaced: (all) => tell(`all ${all.join(' ')}`.trim()),
      onChanged: (one) => tell(`changed ${one}`),
      onRemoved: (one) => tell(`removed ${one}`),
      onOversized: ({ namespace, name }) => tell(`too large ${namespace}/${name}`),
      onConnected: () => tell('connected'),
      onDisconnected: ({ message }) => tell(`disconnected (${message.replace(/^.*API server \S+ /, '')})`),
    },
    {
      signal: end.signal,
      random: () => 0,
      silence,
      proven,
      pause: async (milliseconds) => pauses.push(milliseconds),
    },
  );
  return { reported, asked, pauses };
}

interface Thing {
  readonly metadata: { readonly name: string };
}

const thing = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } });
const aList =
  (names: readonly string[], resourceVersion = '10', more = ''): Answer =>
  (response) =>
    response.end(
      JSON.stringify({
        metadata: { resourceVersion, continue: more },
        kind: 'ThingList',
        items: names.map((one) => thing(one, '1')),
      }),
    );
const event = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;
/** Sends this, and ends like the API server after `timeoutSeconds`. */
const saying =
  (...lines: readonly string[]): Answer =>
  (response) =>
    response.end(lines.join(''));
const bookmark = (version: string): string => event('BOOKMARK', thing('', version));
const status = (code: number, message: string) => ({ kind: 'Status', code, message, reason: 'Expired' });
const done = event('ADDED', thing('done', '99'));

t.test(
  'reports all pages of the list at once, then each change, and only the version of a bookmark',
  async (t) => {
    const { reported, asked } = await watched(
      t,
      [
        aList(['a'], '10', 'next'),
        aList(['b'], '10'),
        saying(event('MODIFIED', thing('a', '11')), event('DELETED', thing('b', '12')), bookmark('20')),
        saying(done),
      ],
      { until: 'changed done' },
    );
    t.strictSame(reported, ['all a b', 'connected', 'changed a', 'removed b', 'changed done']);
    t.strictSame(asked, ['list', 'list', 'watch 10', 'watch 20']);
  },
);

t.test('parses each object of a page as it arrives', async (t) => {
  const first = Promise.withResolvers<void>();
  const slow: Answer = async (response) => {
    response.write(
      `{"kind":"ThingList","metadata":{"resourceVersion":"10"},"items":[${JSON.stringify(thing('a', '1'))},`,
    );
    await first.promise;
    response.end(`${JSON.stringify(thing('b', '2'))}]}`);
  };
  const { reported } = await watched(t, [slow, saying(done)], {
    until: 'changed done',
    kept: () => first.resolve(),
  });
  t.strictSame(reported, ['all a b', 'connected', 'changed done']);
});

t.test('requests bookmarks and a timeout of some minutes', async (t) => {
  let query = new URLSearchParams();
  const noting: Answer = (response, asked) => {
    query = asked;
    response.end(done);
  };
  await watched(t, [aList([]), noting], { until: 'changed done' });
  t.equal(query.get('allowWatchBookmarks'), 'true');
  t.equal(query.get('timeoutSeconds'), '240');
});

t.test('continues from the last version after a broken connection, also inside a line', async (t) => {
  const breaking: Answer = (response) => {
    response.write(`${event('ADDED', thing('a', '11'))}{"type":"ADDED","obj`);
    setTimeout(() => response.destroy(), 20);
  };
  const { reported, asked, pauses } = await watched(t, [aList([]), breaking, saying(done)], {
    until: 'changed done',
  });
  t.match(reported, ['all', 'connected', 'changed a', /^disconnected/, 'connected', 'changed done']);
  t.strictSame(asked, ['list', 'watch 10', 'watch 11']);
  t.strictSame(pauses, [500]);
});

t.test('lists again if the version is too old, by status or by event', async (t) => {
  const refusing: Answer = (response) => {
    response.statusCode = 410;
    response.end(JSON.stringify(status(410, 'too old resource version')));
  };
  const { reported, asked } = await watched(
    t,
    [
      aList(['a']),
      refusing,
      aList(['b'], '30'),
      saying(event('ERROR', status(410, 'too old resource version'))),
      aList(['c'], '40'),
      saying(done),
    ],
    { until: 'changed done' },
  );
  t.match(reported, [
    'all a',
    /disconnected/,
    'all b',
    'connected',
    /disconnected .*too old/,
    'all c',
    'connected',
    'changed done',
  ]);
  t.strictSame(asked, ['list', 'watch 10', 'list', 'watch 30', 'list', 'watch 40']);
});

for (const [what, line] of [
  ['no JSON', 'nonsense\n'],
  ['no event', '{"type":"NEWS"}\n'],
  ['null', 'null\n'],
  ['an event without an object', '{"type":"ADDED"}\n'],
] as const) {
  t.test(`lists again after a line that is ${what}`, async (t) => {
    const { reported } = await watched(t, [aList(['a']), saying(line), aList(['b']), saying(done)], {
      until: 'changed done',
    });
    t.match(reported, ['all a', 'connected', /^disconnected/, 'all b', 'connected', 'changed done']);
    t.notMatch(reported.join(), /nonsense|xxx/);
  });
}

t.test('repeats a malformed list', async (t) => {
  const { reported } = await watched(
    t,
    [saying('{"items":3}'), saying('<html>'), saying('[]'), aList(['a']), saying(done)],
    { until: 'changed done' },
  );
  t.match(reported, [/^disconnected/, 'all a', 'connected', 'changed done']);
});

t.test('reports an object over 16 MiB by its name, and continues', async (t) => {
  const large = (text: string) => ({
    metadata: { name: 'large', namespace: 'shop', resourceVersion: '11' },
    text,
  });
  const tooLarge = event('ADDED', large('x'.repeat(17 * 1024 * 1024)));
  const { reported, asked } = await watched(
    t,
    [aList(['a']), saying(event('ADDED', large('x'.repeat(15 * 1024 * 1024))), tooLarge, done)],
    { until: 'changed done' },
  );
  t.strictSame(reported, ['all a', 'connected', 'changed large', 'too large shop/large', 'changed done']);
  t.strictSame(asked, ['list', 'watch 10']);
});

t.test('reads a list whose items are null as empty', async (t) => {
  const none: Answer = (response) =>
    response.end('{"kind":"ThingList","metadata":{"resourceVersion":"10"},"items":null}');
  const { reported } = await watched(t, [none, saying(done)], { until: 'changed done' });
  t.strictSame(reported, ['all', 'connected', 'changed done']);
});

t.test('counts a silent watch after a broken one as open', async (t) => {
  const opened = (response: ServerResponse): void => {
    response.flushHeaders();
  };
  const broken: Answer = (response) => {
    opened(response);
    setTimeout(() => response.destroy(), 20);
  };
  const { reported, asked } = await watched(t, [aList(['a']), broken, opened], {
    proven: 50,
    until: 'watching things), connected',
  });
  t.match(reported, ['all a', 'connected', /^disconnected/, 'connected']);
  t.strictSame(asked, ['list', 'watch 10', 'watch 10']);
});

t.test('requests fewer objects after a page that breaks off', async (t) => {
  const limits: (string | null)[] = [];
  const breaking: Answer = (response, query) => {
    limits.push(query.get('limit'));
    response.write('{"items":[');
    setTimeout(() => response.destroy(), 10);
  };
  const noting: Answer = (response, query, request) => {
    limits.push(query.get('limit'));
    aList(['a'])(response, query, request);
  };
  await watched(t, [breaking, breaking, breaking, breaking, noting, saying(done)], { until: 'changed done' });
  t.strictSame(limits, ['500', '125', '31', '8', '8']);
});

t.test('opens a silent watch again without a report', async (t) => {
  const silent: Answer = (response) => response.write(event('ADDED', thing('a', '11')));
  const { reported, asked } = await watched(t, [aList([]), silent, saying(done)], {
    silence: 100,
    until: 'changed done',
  });
  t.strictSame(reported, ['all', 'connected', 'changed a', 'changed done']);
  t.strictSame(asked, ['list', 'watch 10', 'watch 11']);
});

t.test('times out on a server that never answers, and tries again', async (t) => {
  const mute: Answer = () => {};
  const { asked } = await watched(t, [aList([]), mute, saying(done)], {
    silence: 100,
    until: 'changed done',
  });
  t.strictSame(asked, ['list', 'watch 10', 'watch 10']);
});

t.test('backs off up to half a minute, and reports a long failure once', async (t) => {
  const down: Answer = (response) => response.destroy();
  const { reported, pauses } = await watched(
    t,
    [...Array.from({ length: 9 }, () => down), aList([]), saying(done)],
    { until: 'changed done' },
  );
  t.strictSame(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  t.match(reported, [/^disconnected/, 'all', 'connected', 'changed done']);
});

t.test('backs off from watches that end before any event', async (t) => {
  const { reported, pauses } = await watched(
    t,
    [aList([]), saying(), saying(), aList([]), saying(), aList([]), saying(done)],
    { until: 'changed done' },
  );
  t.strictSame(pauses, [500, 1000, 2000]);
  t.match(reported, ['all', 'connected', /^disconnected/, 'all', 'all', 'connected', 'changed done']);
});

const absent: Answer = (response) => {
  response.statusCode = 404;
  response.end('404 page not found');
};

t.test('reports an empty list for an optional kind until it is installed', async (t) => {
  const { reported, asked } = await watched(t, [absent, absent, absent, aList(['a']), saying(done)], {
    until: 'changed done',
    isOptional: true,
  });
  t.match(reported, ['all', /^disconnected/, 'all a', 'connected', 'changed done']);
  t.strictSame(asked, ['list', 'list', 'list', 'list', 'watch 10']);
});

t.test('drops the objects after two answers that the kind is gone, and not after one', async (t) => {
  const hanging: Answer = (response) => {
    response.write(event('ADDED', thing('b', '11')));
    setTimeout(() => response.end(event('ERROR', status(410, 'too old'))), 20);
  };
  const once404 = await watched(t, [aList(['a']), hanging, absent, aList(['a']), saying(done)], {
    until: 'changed done',
    isOptional: true,
  });
  t.match(once404.reported, [
    'all a',
    'connected',
    'changed b',
    /^disconnected/,
    'all a',
    'connected',
    /done/,
  ]);
  const twice = await watched(t, [aList(['a']), hanging, absent, absent, aList(['c']), saying(done)], {
    until: 'changed done',
    isOptional: true,
  });
  const reported = ['all a', 'connected', 'changed b', /^disconnected/, 'all', 'all c', 'connected', /done/];
  t.match(twice.reported, reported);
});
