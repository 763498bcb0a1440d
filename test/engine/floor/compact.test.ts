import t from 'tap';
import { compact } from '../../../src/engine/floor/compact.ts';

const LONG = 'a text that occurs more than once, and is long';

t.test('a variable that is not needed, or is a constant, is left out', (t) => {
  const variables = compact(
    [
      { name: 'always', expression: 'true' },
      { name: 'unused', expression: '1' },
      { name: 'used', expression: 'variables.always ? 2 : 3' },
      { name: 'result', expression: 'variables.used' },
    ],
    ['result'],
  );
  t.same(variables, [
    { name: 'used', expression: 'true ? 2 : 3' },
    { name: 'result', expression: 'variables.used' },
  ]);
  t.end();
});

t.test('equal expressions are one variable, also after such a replacement', (t) => {
  const variables = compact(
    [
      { name: 'a', expression: 'size(object)' },
      { name: 'b', expression: 'size(object)' },
      { name: 'c', expression: 'variables.a + 1' },
      { name: 'd', expression: 'variables.b + 1' },
      { name: 'result', expression: 'variables.c + variables.d' },
    ],
    ['result'],
  );
  t.same(
    variables.map(({ name }) => name),
    ['a', 'c', 'result'],
  );
  t.equal(variables.at(-1)?.expression, 'variables.c + variables.c');
  t.end();
});

t.test('a long text that occurs again is a variable, but a pattern and a short text stay', (t) => {
  const expression = `['${LONG}', '${LONG}', '${LONG}', 'no no', 'no no'].exists(one, one.matches('${LONG}'))`;
  t.same(compact([{ name: 'result', expression }], ['result']), [
    { name: 't0', expression: `'${LONG}'` },
    {
      name: 'result',
      expression: `[variables.t0, variables.t0, variables.t0, 'no no', 'no no'].exists(one, one.matches('${LONG}'))`,
    },
  ]);
  t.end();
});
