import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { request } from 'node:https';
import t from 'tap';
import { MAX_BODY_BYTES, MAX_POLICY_BODY_BYTES } from '../../../src/admission/http/body.ts';
import type { Request } from '../../../src/engine/secret/secret.ts';
import { aDecision, aFinding } from '../../helpers/admission/decision.ts';
import { aPolicyObject, aPolicyReview, aPolicyValidator } from '../../helpers/admission/policy-review.ts';
import { aReview, aSecretObject, bytesOf, recordedReviews } from '../../helpers/admission/review.ts';
import {
  everything,
  keyText,
  oneSocket,
  openTcp,
  openTls,
  post,
  serving,
  servingFiles,
} from '../../helpers/admission/serving.ts';

const review = bytesOf(aReview());

t.test('answers recorded reviews over TLS, and reports each once', async (t) => {
  const { post, outcomes } = await serving(t);
  const agent = oneSocket();
  t.teardown(() => agent.destroy());
  const reviews = recordedReviews();
  for (const [file, body] of reviews) {
    const { status, headers, text } = await post('/mutate?timeout=3s', body, { agent });
    t.equal(status, 200, file);
    t.match(headers['content-type'], 'application/json', file);
    t.equal(JSON.parse(text).response.uid, JSON.parse(body.toString('utf8')).request.uid, file);
  }
  t.equal(outcomes.length, reviews.length);
});

t.test('answers a denial with 200, not with an error', async (t) => {
  const { post, outcomes } = await serving(t, {
    mutate: () => aDecision(),
    validate: () => aDecision({ findings: [aFinding()] }),
  });
  const { status, text } = await post('/validate', review);
  t.equal(status, 200);
  t.equal(JSON.parse(text).response.status.code, 422);
  t.equal(outcomes[0]?.answer.verdict, 'denied');
});

t.test('reports the trace of a request, and no other text of that header', async (t) => {
  const { post, outcomes } = await serving(t);
  const trace = `00-${'4b'.repeat(16)}-${'0f'.repeat(8)}-01`;
  const policy = bytesOf(aPolicyReview());
  for (const header of [
    trace,
    `${trace}-extra`,
    trace.toUpperCase(),
    `00-${'x'.repeat(16_000 / 2)}`,
    undefined,
  ])
    for (const [path, body] of [
      ['/mutate', review],
      ['/validate-policy', policy],
    ] as const) {
      await post(path, body, header === undefined ? {} : { headers: { traceparent: header } });
      t.equal(
        outcomes.at(-1)?.traceparent,
        header === trace ? trace : undefined,
        `${path} ${header?.slice(0, 80)}`,
      );
    }
});

t.test('validates, reports and drains policy reviews like those of Secrets', async (t) => {
  const { post, outcomes, server } = await serving(t);
  const agent = oneSocket();
  t.teardown(() => agent.destroy());
  const good = await post('/validate-policy?timeout=3s', bytesOf(aPolicyReview()), { agent });
  t.equal(good.status, 200);
  t.equal(good.headers.connection, 'keep-alive');
  t.equal(JSON.parse(good.text).response.allowed, true);
  server.drain();
  const wrong = bytesOf(aPolicyReview({ object: aPolicyObject({ kyes: {} }) }));
  const bad = await post('/validate-policy', wrong, { agent });
  t.equal(bad.status, 200);
  t.equal(bad.headers.connection, 'close');
  t.match(JSON.parse(bad.text).response, { allowed: false, status: { code: 422 } });
  t.match(outcomes, [
    { webhook: 'validate-policy', review: { name: 'shop' }, answer: { verdict: 'allowed' } },
    { webhook: 'validate-policy', review: { name: 'shop' }, answer: { verdict: 'denied' } },
  ]);
});

t.test('answers 500 without a quote if the compilation of a policy fails by a bug', async (t) => {
  const broken = new RangeError('too deep at hunter2');
  const compile = () => {
    throw broken;
  };
  const allowing = { mutate: () => aDecision(), validate: () => aDecision() };
  const { post, failures, outcomes } = await serving(t, allowing, {
    policies: aPolicyValidator({ compilePolicy: compile }),
  });
  const { status, text } = await post('/validate-policy', bytesOf(aPolicyReview()));
  t.equal(status, 500);
  t.match(JSON.parse(text), { kind: 'Status', reason: 'InternalError', message: /RangeError/ });
  t.notMatch(text, /hunter2/);
  t.same(failures, [{ error: broken, status: 500 }]);
  t.same(outcomes, []);
  t.equal((await post('/validate', review)).status, 200);
});

t.test('validates a large review that waits for its namespace by its own values', async (t) => {
  const seen = new Map<string, string>();
  const answerReview = ({ secret }: Request) => {
    seen.set(secret.namespace, secret.data.get('BIG')?.withPlaintext(({ text = '' }) => text) ?? '');
    return aDecision();
  };
  const gate = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const acquainted = (namespace: string) => {
    if (namespace !== 'new') return undefined;
    arrived.resolve();
    return gate.promise;
  };
  const { post } = await serving(
    t,
    { mutate: answerReview, validate: answerReview },
    { awaitNamespace: acquainted },
  );
  const large = (namespace: string, character: string) =>
    bytesOf(aReview({ namespace, object: aSecretObject({ BIG: character.repeat(300_000) }) }));
  const waiting = post('/validate', large('new', 'a'));
  await arrived.promise;
  for (const namespace of ['one', 'two', 'ten']) await post('/validate', large(namespace, 'b'));
  gate.resolve();
  t.equal((await waiting).status, 200);
  t.equal(seen.get('one'), 'b'.repeat(300_000));
  t.ok(seen.get('new') === 'a'.repeat(300_000), 'none of the others');
});

t.test('validates large reviews that arrive in turns each by its own values', async (t) => {
  const seen: string[] = [];
  const answerReview = ({ secret }: Request) => {
    const text = secret.data.get('BIG')?.withPlaintext((plain) => plain.text) ?? '';
    seen.push(`${secret.name} ${text === secret.name.repeat(400_000)}`);
    return aDecision();
  };
  const to = await serving(t, { mutate: answerReview, validate: answerReview });
  for (const names of ['abcdef', 'ghijkl', 'mn']) {
    const sockets = await Promise.all([...names].map(() => openTls(to)));
    const answers = sockets.map(everything);
    const bodies = [...names].map((name) =>
      bytesOf(aReview({ name, object: aSecretObject({ BIG: name.repeat(400_000) }) })),
    );
    for (const [at, socket] of sockets.entries()) {
      const { length } = bodies[at] ?? review;
      socket.write(
        `POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`,
      );
    }
    for (let from = 0; from < 600_000; from += 50_000) {
      for (const [at, socket] of sockets.entries())
        socket.write(bodies[at]?.subarray(from, from + 50_000) ?? '');
      await new Promise(setImmediate);
    }
    for (const answer of await Promise.all(answers)) t.match(answer, /^HTTP\/1.1 200 /);
  }
  t.same(
    seen.toSorted(),
    [...'abcdefghijklmn'].map((name) => `${name} true`),
  );
});

t.test('offers only HTTP/1.1', async (t) => {
  const socket = await openTls(await serving(t));
  t.equal(socket.alpnProtocol, 'http/1.1');
  socket.destroy();
});

t.test('describes a bad request in a v1 Status, and keeps the socket', async (t) => {
  const { post, failures } = await serving(t);
  const agent = oneSocket();
  t.teardown(() => agent.destroy());
  let sent = 0;
  for (const [path, body, options, code, reason] of [
    ['/mutate', 'not json', {}, 400, 'BadRequest'],
    ['/mutate', '{"kind":"AdmissionReview","request":{"ob', {}, 400, 'BadRequest'],
    ['/mutate', '', {}, 400, 'BadRequest'],
    ['/mutate', '', { headers: { 'content-type': undefined } }, 400, 'BadRequest'],
    ['/validate', bytesOf(aReview({ uid: undefined })), {}, 400, 'BadRequest'],
    ['/validate', review, { headers: { 'content-type': 'text/plain' } }, 415, 'UnsupportedMediaType'],
    ['/validate', review, { headers: { 'content-type': 'application/yaml' } }, 415, 'UnsupportedMediaType'],
    ['/validate', review, { headers: { 'content-type': 'nonsense' } }, 415, 'UnsupportedMediaType'],
    ['/nowhere', review, {}, 404, 'NotFound'],
    ['/%zz', review, {}, 400, 'BadRequest'],
    ['/mutate', '', { method: 'GET' }, 405, 'MethodNotAllowed'],
    ['/mutate', review, { method: 'PUT' }, 405, 'MethodNotAllowed'],
    ['/validate-policy', 'not json', {}, 400, 'BadRequest'],
    ['/validate-policy', '', {}, 400, 'BadRequest'],
    ['/validate-policy', review, {}, 400, 'BadRequest'],
    ['/validate-policy', review, { headers: { 'content-type': 'text/plain' } }, 415, 'UnsupportedMediaType'],
    ['/validate-policy', '', { method: 'GET' }, 405, 'MethodNotAllowed'],
  ] as const) {
    const { status, text, reused } = await post(path, body, { agent, ...options });
    const found = JSON.parse(text);
    t.equal(status, code, text);
    t.match(found, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason });
    t.match(found.message, /^lockstep: \S/);
    t.equal(reused, sent > 0, `${path} ${code} on the same socket`);
    sent += 1;
  }
  t.equal((await post('/mutate', review, { agent })).status, 200);
  t.equal(failures.length, sent);
});

t.test('answers and drops a body that is too large, and keeps its socket', async (t) => {
  const to = await serving(t);
  const socket = await openTls(to);
  const head = 'POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  socket.write(`${head}Content-Length: ${MAX_BODY_BYTES + 1}\r\n\r\n`);
  socket.write(Buffer.alloc(MAX_BODY_BYTES + 1, 'x'));
  socket.write(`${head}Connection: close\r\nContent-Length: ${review.length}\r\n\r\n`);
  socket.write(review);
  const answers = await everything(socket);
  t.match(answers, /^HTTP\/1.1 413 [\s\S]*"reason":"RequestEntityTooLarge"[\s\S]*HTTP\/1.1 200 OK/);
});

t.test('reads a body of the exact limit, and refuses one that grows past it', async (t) => {
  const { post } = await serving(t);
  const padding = 'x'.repeat(MAX_BODY_BYTES - bytesOf(aReview({ padding: '' })).length);
  t.equal((await post('/mutate', bytesOf(aReview({ padding })))).status, 200);
  const chunked = { headers: { 'transfer-encoding': 'chunked', 'content-length': undefined } };
  for (const path of ['/mutate', '/validate-policy']) {
    t.equal((await post(path, Buffer.alloc(MAX_BODY_BYTES + 1, 'x'), chunked)).status, 413);
  }
});

t.test('answers a review that is too large by its uid, and keeps its socket', async (t) => {
  const to = await serving(t);
  const agent = oneSocket();
  t.teardown(() => agent.destroy());
  const padding = 'x'.repeat(MAX_BODY_BYTES);
  const chunked = { 'transfer-encoding': 'chunked', 'content-length': undefined };
  const text = (webhook: string, limit: number): string =>
    `metadata: is not ${webhook}: the review is larger than ${limit} bytes [lockstep]`;
  const denied = (limit: number) => ({
    uid: /./,
    allowed: false,
    status: { code: 422, message: text('validated', limit) },
  });
  for (const [path, body, response] of [
    ['/validate-policy', aPolicyReview({ padding }), denied(MAX_POLICY_BODY_BYTES)],
    [
      '/mutate',
      aReview({ padding }),
      { uid: /./, allowed: true, patch: undefined, warnings: [text('changed', MAX_BODY_BYTES)] },
    ],
    ['/validate', aReview({ padding }), denied(MAX_BODY_BYTES)],
  ] as const) {
    for (const headers of [{}, chunked]) {
      const { status, text } = await to.post(path, bytesOf(body), { agent, headers });
      t.equal(status, 200, path);
      t.match(JSON.parse(text).response, response);
    }
  }
  t.same(
    to.unread.map(({ code, verdict }) => `${code} ${verdict}`),
    ['denied', 'denied', 'warned', 'warned', 'denied', 'denied'].map(
      (verdict) => `LOCKSTEP_BODY_TOO_LARGE ${verdict}`,
    ),
  );
  t.same([to.outcomes, to.failures], [[], []]);
  t.equal((await to.post('/validate', review, { agent })).reused, true);
});

t.test('refuses a review with too many members before it parses it', async (t) => {
  const to = await serving(t);
  const lists = JSON.stringify(aReview({ more: '@' })).replace('"@"', `[${'[],'.repeat(600_000)}0]`);
  const { status, text } = await to.post('/validate', lists);
  t.equal(status, 200);
  t.match(JSON.parse(text).response, { allowed: false, status: { message: /million members/ } });
  t.match(to.unread, [{ name: 'app', code: 'LOCKSTEP_TOO_MANY_PARTS' }]);
});

t.test('allows a review that is not read with a warning if it may not refuse it', async (t) => {
  const allowing = { mutate: () => aDecision(), validate: () => aDecision() };
  const to = await serving(t, allowing, { deniesUnread: ({ username }) => username !== 'jane' });
  const { text } = await to.post('/validate', bytesOf(aReview({ padding: 'x'.repeat(MAX_BODY_BYTES) })));
  t.match(JSON.parse(text).response, { allowed: true, warnings: [/^metadata: is not validated/] });
  t.match(to.unread, [{ verdict: 'warned' }]);
});

t.test(
  'leaves room for small reviews, and later for large ones, while large bodies are held open',
  async (t) => {
    const to = await serving(t);
    const large = bytesOf(aReview({ padding: 'x'.repeat(MAX_BODY_BYTES - 2000) }));
    const head = `POST /validate?timeout=30s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${large.length}\r\n\r\n`;
    const held = await Promise.all(Array.from({ length: 5 }, () => openTls(to)));
    const answers = held.map(everything);
    for (const socket of held) {
      socket.write(head);
      socket.write(large.subarray(0, 1024 * 1024));
    }
    for (let round = 0; round < 5; round += 1) t.equal((await to.post('/mutate', review)).status, 200);
    t.equal((await to.post('/validate?timeout=10s', large)).status, 200);
    t.equal(to.outcomes.length, 6, 'also the large one was validated');
    const [first = ''] = await Promise.all(answers.slice(0, 1));
    t.match(first, /Connection: close[\s\S]*"allowed":false[\s\S]*other large reviews take all the memory/i);
    for (const socket of held) socket.destroy();
  },
);

t.test('answers 500 without a quote for a bug, and keeps serving', async (t) => {
  const broken = new TypeError('cannot read hunter2');
  const { post, failures } = await serving(t, {
    mutate: () => {
      throw broken;
    },
    validate: () => aDecision(),
  });
  const { status, text } = await post('/mutate', review);
  t.equal(status, 500);
  t.match(JSON.parse(text), { kind: 'Status', reason: 'InternalError', message: /TypeError/ });
  t.notMatch(text, /hunter2/);
  t.same(failures, [{ error: broken, status: 500 }]);
  t.equal((await post('/validate', review)).status, 200);
});

t.test('answers a body that misses the deadline, and serves others until then', async (t) => {
  const to = await serving(t);
  const slow = await openTls(to);
  slow.write(
    'POST /mutate?timeout=1s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{',
  );
  const answer = everything(slow);
  t.equal((await to.post('/mutate', review)).status, 200);
  t.match(await answer, /^HTTP\/1.1 504 [\s\S]*Connection: close[\s\S]*"reason":"Timeout"/i);
});

t.test('answers the body with the shorter time limit first, although it came later', async (t) => {
  const to = await serving(t);
  const ended: string[] = [];
  const hold = async (timeout: string): Promise<void> => {
    const socket = await openTls(to);
    const head = `POST /validate?timeout=${timeout} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json`;
    socket.write(`${head}\r\nContent-Length: 999\r\n\r\n{`);
    t.match(await everything(socket), /^HTTP\/1.1 504 /);
    ended.push(timeout);
  };
  const long = hold('2s');
  t.equal((await to.post('/mutate?timeout=100ms', review)).status, 200);
  await Promise.all([long, hold('1s'), hold('200ms')]);
  t.same(ended, ['200ms', '1s', '2s']);
});

t.test('survives a client that disconnects inside its body', async (t) => {
  const to = await serving(t);
  const gone = await openTls(to);
  gone.write(
    'POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{',
  );
  gone.destroy();
  t.equal((await to.post('/mutate', review)).status, 200);
});

t.test('answers bytes that are no HTTP with 400, and closes the socket', async (t) => {
  const to = await serving(t);
  const socket = await openTls(to);
  socket.write('hello\r\n\r\n');
  t.match(await everything(socket), /^HTTP\/1.1 400 [\s\S]*"kind":"Status"/);
  t.equal((await to.post('/mutate', review)).status, 200);
});

t.test('serves 500 sockets at once, next to half-open and silent ones', async (t) => {
  const to = await serving(t);
  const silent = await Promise.all([
    ...Array.from({ length: 20 }, () => openTcp(to)),
    ...Array.from({ length: 20 }, () => openTls(to)),
  ]);
  const replies = await Promise.all(Array.from({ length: 500 }, () => to.post('/validate', review)));
  t.ok(replies.every(({ status }) => status === 200));
  t.equal(to.outcomes.length, 500);
  for (const socket of silent) socket.destroy();
});

t.test('closes each socket after its answer while it drains, and answers a review in progress', async (t) => {
  const to = await serving(t);
  const agent = oneSocket();
  t.teardown(() => agent.destroy());
  t.equal((await to.post('/mutate', review, { agent })).headers.connection, 'keep-alive');
  to.server.drain();
  const last = await to.post('/mutate', review, { agent });
  t.equal(last.reused, true);
  t.equal(last.headers.connection, 'close');
  t.equal((await to.post('/mutate', 'not json')).headers.connection, 'close');

  const underWay = request({
    host: '127.0.0.1',
    port: to.port,
    ca: to.ca,
    path: '/mutate',
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json', 'content-length': review.length },
  });
  underWay.write(review.subarray(0, 10));
  await to.post('/mutate', review);
  const closed = to.server.close(60_000);
  underWay.end(review.subarray(10));
  const [response] = await once(underWay, 'response');
  t.equal(response.statusCode, 200);
  response.resume();
  await closed;
  await t.rejects(openTls(to), { code: 'ECONNREFUSED' });
});

t.test('destroys silent sockets on close', async (t) => {
  const to = await serving(t);
  const sockets = [await openTcp(to), await openTls(to)];
  const ends = sockets.map(everything);
  await to.server.close(0);
  t.same(await Promise.all(ends), ['', '']);
});

t.test('uses a new certificate for new sockets, and keeps open ones', async (t) => {
  const to = await serving(t);
  const agent = oneSocket();
  t.teardown(() => agent.destroy());
  await to.post('/mutate', review, { agent });
  const files = await servingFiles();
  to.server.setCertificate({ cert: files.cert, key: keyText(files) });
  t.equal((await post({ port: to.port, ca: files.ca }, '/mutate', review)).status, 200);
  await t.rejects(to.post('/mutate', review), 'the old authority has not signed this');
  t.equal((await to.post('/mutate', review, { agent })).reused, true);
});

t.test('answers an update of a 1 MiB Secret with keys of any name', async (t) => {
  const { post } = await serving(t);
  const object = aSecretObject({ BIG: 'x'.repeat(1024 * 1024 - 100) });
  const update = aReview({ operation: 'UPDATE', object, oldObject: object });
  t.equal((await post('/mutate?timeout=3s', bytesOf(update))).status, 200);
});
