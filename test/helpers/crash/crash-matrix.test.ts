import t from 'tap';
import { type CrashAttempt, crashMatrix } from './crash-matrix.ts';

/** A machine of three steps that begins anew with the step at which it died. */
const three: CrashAttempt = async (deaths) => {
  const lives: string[][] = [];
  let at = 0;
  for (const death of [...deaths, Number.POSITIVE_INFINITY]) {
    const life = ['a', 'b', 'c'].slice(at, at + death);
    lives.push(life);
    at += life.length;
  }
  return { lives, misses: deaths.join() === '1,2' ? ['it was lost'] : [] };
};

t.test('each step and each pair of steps is tried, and what is wrong is told by its place', async (t) => {
  const { table, trials, misses } = await crashMatrix('three', [three, three]);
  t.equal(trials, 1 + 3 + 3);
  t.same(misses, ['after 1 a, then after 2 c: it was lost']);
  t.same(table.split('\n'), [
    'three: 6 of 7 as they must be',
    '  died after  1  and whoever took over, after its 1st, 2nd, … step',
    '  nothing  +  ',
    '  1 a      +  +X',
    '  2 b      +  +',
    '  3 c      +  ',
    'after 1 a, then after 2 c: it was lost',
  ]);
});

t.test('a trial that fails is a miss, and the other trials go on', async (t) => {
  const failing: CrashAttempt = async (deaths) => {
    if (deaths.join() === '2') throw new Error('waited 180 s for step 2');
    return three(deaths);
  };
  const { trials, misses } = await crashMatrix('three', [failing]);
  t.equal(trials, 1 + 3 + 2);
  t.same(misses, ['after 1 a, then after 2 c: it was lost', 'after 2 b: waited 180 s for step 2']);
});
