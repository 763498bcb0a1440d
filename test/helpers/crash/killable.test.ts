import t from 'tap';
import { killable } from './killable.ts';

const world = () => {
  const done: string[] = [];
  const say = async (text: string): Promise<void> => {
    done.push(text);
  };
  return {
    done,
    needs: {
      now: () => 7,
      read: async () => done.length,
      write: say,
      open: async () => ({
        alter: say,
        [Symbol.asyncDispose]: async () => say('closed'),
      }),
    },
  };
};
const DEAD = { message: /^died after / };
const step = (name: string): string | undefined => (['write', 'alter'].includes(name) ? name : undefined);

t.test('one that lives notices nothing', async (t) => {
  const { done, needs } = world();
  const life = killable(needs, { step, after: Number.POSITIVE_INFINITY });
  await life.needs.write('a');
  {
    await using connection = await life.needs.open();
    await connection.alter('b');
  }
  t.same([await life.needs.read(), life.needs.now(), done], [3, 7, ['a', 'b', 'closed']]);
  t.same([life.steps, life.isDead()], [['write', 'alter'], false]);
});

t.test(
  'the step at which it dies is carried out, nobody learns of it, and nothing comes after',
  async (t) => {
    const { done, needs } = world();
    const life = killable(needs, { step, after: 2 });
    await life.needs.write('a');
    const connection = await life.needs.open();
    await t.rejects(connection.alter('b'), DEAD);
    t.same(done, ['a', 'b', 'closed']);
    t.throws(() => connection.alter('c'), DEAD);
    t.throws(() => life.needs.write('c'), DEAD);
    t.throws(() => life.needs.now(), DEAD);
    await connection[Symbol.asyncDispose]();
    t.same([done, life.steps, life.isDead()], [['a', 'b', 'closed'], ['write', 'alter'], true]);
  },
);

t.test('a call that was under way when it died tells nothing either', async (t) => {
  const { needs } = world();
  const { promise, resolve } = Promise.withResolvers<void>();
  const life = killable({ ...needs, wait: async () => promise }, { step, after: 1 });
  const waiting = life.needs.wait();
  await t.rejects(life.needs.write('a'), DEAD);
  resolve();
  await t.rejects(waiting, DEAD);
});
