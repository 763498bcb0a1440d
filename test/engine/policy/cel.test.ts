import { Buffer } from 'node:buffer';
import t from 'tap';
import { compileRule } from '../../../src/engine/policy/cel/compile-rule.ts';

const value = (text: string | undefined, size = text?.length ?? 4) => ({ size, text: () => text });

const judge = (expression: string, text: string | undefined) =>
  compileRule(expression, 'self').judgeValue(value(text));

const judgeAll = (expression: string, data: Readonly<Record<string, string | undefined>>) =>
  compileRule(expression, 'data').judgeData({
    keys: Object.keys(data),
    get: (key) => (Object.hasOwn(data, key) ? value(data[key]) : undefined),
  });

const met = { isMet: true };
const broken = { isMet: false };

t.test('a rule about a value answers as CEL does', async (t) => {
  for (const [expression, text, answer] of [
    ['self == "a"', 'a', met],
    ['self != "a"', 'a', broken],
    ['self.size() == 2', '🔑x', met],
    ['size(self) == 3', '🔑x', broken],
    ['self.startsWith("sk_") && self.endsWith("z")', 'sk_z', met],
    ['self.contains("b") || self.contains("c")', 'abd', met],
    ['self.matches("^[a-z]+$")', 'abc', met],
    ['self.matches("^[a-z]+$")', 'aBc', broken],
    ['self.lowerAscii() == "aéÀ"', 'AéÀ', met],
    ['self.upperAscii() == "AÉz".upperAscii()', 'aÉZ', met],
    ['self.trim() == self', ' a', broken],
    ['self.substring(1, 3) == "🔑b"', 'a🔑bc', met],
    ['self.indexOf("b") == 2', 'a🔑bc', met],
    ['self.lastIndexOf("x") == -1', 'abc', met],
    ['self.split(",").all(part, part.trim() != "")', 'a, b', met],
    ['self.split(",").exists(part, part == "")', 'a,,b', met],
    ['self.split(",").map(part, part.size()).filter(n, n > 1).size() == 1', 'a,bb', met],
    ['self in ["eu", "us"]', 'eu', met],
    ['["eu", "us"].exists_one(one, self.startsWith(one))', 'eu-1', met],
    ['int(self) >= 1024 && int(self) <= 65535', '5432', met],
    ['double(self) < 0.5', '0.25', met],
    ['self.size() > 3 ? self != "aaaa" : true', 'ab', met],
    ['!(self == "a")', 'b', met],
  ] as const)
    t.same(judge(expression, text), answer, expression);
});

t.test('a rule about a Secret reads the values of its keys', async (t) => {
  const data = { A: 'x', B: 'y', 'tls.crt': 'z' };
  for (const [expression, answer] of [
    ['data.A != data.B', met],
    ['data["tls.crt"] == "z"', met],
    ['has(data.A) && !has(data.C)', met],
    ['!("C" in data) && "A" in data', met],
    ['!has(data.C) || data.C == "x"', met],
    ['data.all(key, data[key] != "")', met],
    ['data.exists(key, key.startsWith("tls."))', met],
    ['data.filter(key, key.startsWith("tls.")).size() == 1', met],
    ['size(data) == 3', met],
    ['data.A == data.B', broken],
  ] as const)
    t.same(judgeAll(expression, data), answer, expression);
});

t.test('a rule without an answer is never met', async (t) => {
  const noKey = { fault: 'it reads a key that the Secret does not hold' };
  const noText = { fault: 'it reads a value that is no text' };
  const noAnswer = { fault: 'it has no answer for this value' };
  const tooLong = { fault: 'it takes too long for this Secret' };
  t.same(judgeAll('data.C == ""', { A: 'x' }), noKey);
  t.same(judgeAll('data.C == "x" && data.A == "x"', { A: 'x' }), noKey);
  t.same(judge('self != ""', undefined), noText);
  t.same(judge('int(self) > 0', 'eleven'), noAnswer);
  t.same(judge('int(self) > 0', '9'.repeat(1000)), noAnswer);
  t.same(judge('self.substring(5) == ""', 'ab'), noAnswer);
  t.same(judge('self.split(",")[3] == ""', 'ab'), noAnswer);
  t.same(judge('10 / int(self) > 0', '0'), noAnswer);
  t.same(compileRule('self != "a"', 'self').judgeValue(value('x', 1024 * 1024)), tooLong);
  t.same(
    judge('self.contains("ab") || true == (self != "x")', 'x'.repeat(60_000)),
    tooLong,
    'no other answer',
  );
  t.match(judge('self.matches("^(a|b|c|dd)+$")', 'a'.repeat(3000)), { fault: /too long/ });
});

t.test('a presence test reads no value', async (t) => {
  const data = {
    keys: ['A'],
    get: (key: string) => (key === 'A' ? value(undefined, 1024 * 1024) : undefined),
  };
  for (const expression of ['has(data.A)', '"A" in data', 'data.all(key, key == "A")', 'data.size() == 1'])
    t.same(compileRule(expression, 'data').judgeData(data), met, expression);
});

t.test('no answer quotes a value', async (t) => {
  const canary = 'Vq7mT2xLr9KcW4nB8sZd';
  for (const expression of [
    'int(self) > 0',
    'double(self) > 0.0',
    'self.substring(99) == ""',
    'self.split("m")[7] == ""',
    'self.matches("a")',
    '{"a": 1}[self] == 1',
  ])
    t.notMatch(JSON.stringify(judge(expression, canary)), /Vq7m|m[Tt]2x|20/, expression);
});

t.test('an expression beyond the bounds is refused', async (t) => {
  const many = Array.from({ length: 70 }, (_, index) => `self != "${index}"`).join(' && ');
  for (const [expression, reason] of [
    ['self ==', 'is no CEL expression'],
    ['self', 'has an answer of type string'],
    ['self + 1 == ""', 'is no CEL expression'],
    ['size(self)', 'has an answer of type int'],
    ['other == ""', 'reads other'],
    ['data.A == ""', 'reads data'],
    ['presence == ""', 'reads presence'],
    ['metered_size(self) > 1', 'calls metered_size()'],
    ['dyn(self) == 1', 'calls dyn()'],
    ['type(self) == string', 'calls type()'],
    ['timestamp(self) > timestamp("2026-01-01T00:00:00Z")', 'calls timestamp()'],
    ['cel.bind(x, self + self, x == "")', 'calls bind()'],
    ['self.matches(self)', 'has a pattern that is not written out'],
    ['self.matches("a" + "b")', 'has a pattern that is not written out'],
    ['self.matches("(?=a)")', 'has a pattern that is no RE2 pattern'],
    ['self.matches("[0-9a-f]{600}")', 'has a pattern that takes more than 512 instructions'],
    ['self.split(",").all(a, self.split(",").all(b, a == b))', 'has a loop inside a loop'],
    ['self.split(",").all(self, self == "")', 'uses self as the variable of a loop'],
    [many, 'is no CEL expression'],
    [`${'('.repeat(40)}self == ""${')'.repeat(40)}`, 'is no CEL expression'],
    [`self in [${'"a",'.repeat(65)}"b"]`, 'is no CEL expression'],
    ['__proto__ == 1', ''],
    ['self.__proto__ == 1', ''],
    ['self.constructor == 1', ''],
    ['constructor == 1', ''],
  ] as const) {
    const pattern = new RegExp(reason.replace(/[()]/g, '\\$&'));
    t.throws(() => compileRule(expression, 'self'), { message: pattern }, expression.slice(0, 60));
  }
  for (const expression of ['data.all(a, data.all(b, a == b))', 'has(data)', 'has(data.A.B)'])
    t.throws(() => compileRule(expression, 'data'), expression);
});

t.test('a rule that can never be true is refused', async (t) => {
  for (const expression of [
    'false',
    '1 > 2',
    '1 / 0 == 1',
    'self == "a" && false',
    'self != self',
    'self < self',
    'self.size() < 0',
    'size(self) == -1',
    'self.size() <= -2',
    '!(self == self)',
    'self == "a" && self == "b"',
    'self == "a" && (self.size() > 0 && self != "a")',
    'self == "a" ? false : 1 == 2',
  ])
    t.throws(() => compileRule(expression, 'self'), { message: 'can never be true' }, expression);
  for (const expression of [
    'self == "a" || self == "b"',
    'self == "a" && self == \'a\'',
    'self.size() <= 0',
    '["a"].all(k, k == self)',
    '!(self == "a" && self == "b")',
    'self == "a" && self.size() == 1',
  ])
    t.doesNotThrow(() => compileRule(expression, 'self'), expression);
});

t.test('a value of any bytes is judged', async (t) => {
  for (let byte = 0; byte < 256; byte += 1) {
    const text = Buffer.from([byte]).toString('latin1');
    t.ok('isMet' in judge('self.size() == 1 && self.contains("a")', text));
  }
});

t.test('loops one after the other can not multiply the time or the memory of a rule', async (t) => {
  const tooLong = { fault: 'it takes too long for this Secret' };
  const loops = (body: string, count = 11) => `.map(x, ${body})`.repeat(count);
  for (const expression of [
    `[self]${loops('x+x+x+x')}.all(x, x < "b")`,
    `[[self]]${loops('x+x+x+x')}.all(x, size(x) > 3)`,
    `[[self]]${loops('x+x+x+x', 6)}.all(x, x == x + [] || x + [] == x)`,
    `[${Array.from({ length: 50 }, (_, at) => at).join()}].all(x, ${'1/0 == x || '.repeat(8)}true)`,
  ]) {
    let steps = 0;
    const before = performance.now();
    const answer = compileRule(expression, 'self').judgeValue(value('ab'), (more) => {
      steps += more;
    });
    t.same(answer, tooLong, expression);
    t.ok(steps > 65_536, 'the budget of the policy is charged');
    t.ok(performance.now() - before < 500);
  }
});

t.test('the keys of a Secret are not counted once for each key', async (t) => {
  const data = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`K${at}`, 'x']));
  t.same(judgeAll('size(data) == 1000 && data.size() > 1', data), met);
  t.same(judgeAll('data.all(key, size(data) > 0)', data), { fault: 'it takes too long for this Secret' });
});

t.test('a few values are joined and compared', async (t) => {
  for (const expression of [
    '(["x"] + self.split(",")).map(one, one + "!").exists(one, one == "b!")',
    '[self.split(","), ["a", "b"]].all(one, one == ["a", "b"])',
    '{"a": self} == {"a": "a,b"} && {"a": self} != {"a": "b"}',
    '["a", "b"] in [self.split(",")] && self < "b" && "a" + "b" <= "ab" && 1 + 1 == 2',
  ])
    t.same(judge(expression, 'a,b'), met, expression);
});

t.test('a rule has few types, since the library keeps them', async (t) => {
  for (const expression of [
    'self.split(",").all(one, one in ["a", "b"])',
    'self.split(",").map(one, one.split("=")).all(pair, pair.size() == 2 && pair != ["a", "b"])',
    'self.split(",").map(one, one.size()).filter(n, n > 1).map(n, [n]).size() == 1',
    '{"a": 1}.all(name, name in ["a"])',
  ])
    t.doesNotThrow(() => compileRule(expression, 'self'), expression);
  t.doesNotThrow(() => compileRule('data.map(key, [key]).size() == 1', 'data'));
  for (const expression of [
    '[[[self]]].size() == 1',
    '[{"a": self}].size() == 1',
    '{"a": [self]}.size() == 1',
    '{"a": {1: self}}.size() == 1',
    '[self].map(x, [x]).map(x, [x]).size() == 1',
    '[[1]].all(x, [[x]].size() == 1)',
    '[[[1]]] == [[[1]]] || self == "a"',
  ])
    t.throws(() => compileRule(expression, 'self'), { message: /^nests its lists and maps: / }, expression);
});
