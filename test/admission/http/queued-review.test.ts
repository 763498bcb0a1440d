import t from 'tap';
import type { Request } from '../../../src/engine/secret/secret.ts';
import { aDecision } from '../../helpers/admission/decision.ts';
import { callAsApiServer } from '../../helpers/admission/parallel-calls.ts';
import { aReview, bytesOf } from '../../helpers/admission/review.ts';
import { everything, openTls, serving } from '../../helpers/admission/serving.ts';

/** Requests on one socket, which arrive at the same time. */
function pipelined(reviews: readonly { readonly namespace: string; readonly name: string }[]): string {
  return reviews
    .map((more, at) => {
      const body = bytesOf(aReview(more)).toString('utf8');
      const connection = at === reviews.length - 1 ? 'close' : 'keep-alive';
      const head = `POST /validate?timeout=3s HTTP/1.1\r\nHost: lockstep\r\nContent-Type: application/json\r\nConnection: ${connection}`;
      return `${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    })
    .join('');
}

/** A server whose clock moves only by the cost of each review. */
async function aServer(t: Parameters<typeof serving>[0], costOf: (request: Request) => number) {
  let now = 0;
  const order: string[] = [];
  const answerReview = (request: Request) => {
    now += costOf(request);
    order.push(request.secret.name);
    return aDecision();
  };
  const to = await serving(t, { mutate: answerReview, validate: answerReview }, { clock: () => now });
  const ask = async (reviews: Parameters<typeof pipelined>[0]): Promise<string> => {
    const socket = await openTls(to);
    socket.write(pipelined(reviews));
    return everything(socket);
  };
  return { ...to, order, ask };
}

const inNamespace = (namespace: string, ...names: readonly string[]) =>
  names.map((name) => ({ namespace, name }));

t.test('answers reviews of one namespace while another has costly ones', async (t) => {
  const { ask, order } = await aServer(t, ({ secret }) => (secret.namespace === 'a' ? 250 : 1));
  await ask([...inNamespace('a', 'a1', 'a2', 'a3', 'a4'), ...inNamespace('b', 'b1', 'b2')]);
  t.same(order, ['a1', 'b1', 'b2', 'a2', 'a3', 'a4']);
});

t.test('refuses a review after its deadline by one sentence, without validation', async (t) => {
  const { ask, order, unread } = await aServer(t, () => 1500);
  const answers = await ask(inNamespace('a', 'a1', 'a2', 'a3', 'a4'));
  t.same(order, ['a1', 'a2']);
  t.match(answers, 'metadata: is not validated: other reviews take all the time at this moment; try again');
  t.match(unread, [{ name: 'a3', code: 'LOCKSTEP_TIME_BUDGET_EXCEEDED', verdict: 'denied' }]);
});

t.test('answers each of 40 costly reviews, and validates another namespace in between', async (t) => {
  const busy = (): void => {
    for (const end = performance.now() + 150; performance.now() < end; );
  };
  const answerReview = ({ secret }: { readonly secret: { readonly namespace: string } }) => {
    if (secret.namespace === 'flood') busy();
    return aDecision();
  };
  const { port, ca, unread } = await serving(t, { mutate: answerReview, validate: answerReview });
  const namespaces = [...Array.from({ length: 40 }, () => 'flood'), 'team'];
  const allowed = await callAsApiServer({ to: { port, ca }, namespaces });
  t.equal(allowed.at(-1), true, 'the other namespace is validated');
  t.ok(allowed.slice(0, 40).includes(true));
  t.ok(allowed.includes(false));
  t.notOk(allowed.includes(undefined), 'no write goes in for want of an answer');
  t.equal(unread.length, allowed.filter((one) => one === false).length);
  t.ok(unread.every(({ code }) => code === 'LOCKSTEP_TIME_BUDGET_EXCEEDED'));
});
