import type { Policy } from '../../../src/engine/policy/policy.ts';
import { aPolicy, builtins } from '../engine/engine.ts';
import { type SeededRandom, seededRandom } from '../engine/seeded-random.ts';
import { KEYS } from './writes.ts';

const TEXTS = ['live', "te'st", 'v', 'ünï', '"x"', 'sk_live_', '😀', 'ok'];
const NAMES = ['shop*', '*-secrets', 'app', '?ther', '*'];

/** Policies with any requirements, alone or next to the built-in ones. A seed makes the same ones on every machine. */
export function randomPolicies(seed: number): readonly Policy[] {
  const random = seededRandom(seed);
  const policies = Array.from({ length: random.between(1, 4) }, (_, at) =>
    randomPolicy(`random-${at}`, random),
  );
  return isIn(random, 50) ? [...builtins, ...policies] : policies;
}

/** Some requirements contradict each other. Then the next ones are tried. */
function randomPolicy(name: string, random: SeededRandom): Policy {
  for (;;) {
    const spec = specOf(random);
    try {
      return aPolicy(name, spec);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }
}

const isIn = (random: SeededRandom, percent: number): boolean => random.between(0, 99) < percent;

const some = <Item>(random: SeededRandom, list: readonly Item[], percent: number): readonly Item[] =>
  list.filter(() => isIn(random, percent));

function specOf(random: SeededRandom): object {
  const keys = some(random, KEYS, 30);
  return {
    match: matchOf(random),
    precedence: random.between(0, 3),
    keys: Object.fromEntries(keys.map((key) => [key, entryOf(key, random)])),
    ...(isIn(random, 20) && { action: random.pick(['Warn', 'Audit']) }),
    ...(isIn(random, 30) && {
      exceptions: [
        {
          namespace: random.pick(['*', 'floor-1*']),
          name: random.pick(['*', 'app']),
          keys: [random.pick(KEYS), random.pick(KEYS)],
          reason: 'OPS-1',
          until: '2099-01-01',
        },
      ],
    }),
  };
}

function matchOf(random: SeededRandom): object {
  const names = some(random, NAMES, 40);
  return {
    names: names.length === 0 ? ['*'] : names,
    ...(isIn(random, 20) && { namespaces: ['floor-?', 'floor-1*'] }),
    ...(isIn(random, 20) && { types: ['Opaque', 'acme.io/*'] }),
    ...(isIn(random, 20) && { hasAnyKey: [random.pick(KEYS), random.pick(KEYS)] }),
    ...(isIn(random, 10) && { hasKeys: [random.pick(KEYS)] }),
    ...(isIn(random, 15) && { labelSelector: { matchLabels: { tier: 'gold' } } }),
    ...(isIn(random, 10) && { namespaceSelector: { matchLabels: { team: 'blue' } } }),
  };
}

function entryOf(key: string, random: SeededRandom): object {
  const others = KEYS.filter((other) => other !== key);
  const least = random.between(1, 24);
  const otherKeys = (): readonly string[] => [random.pick(others), random.pick(others)];
  const isDerived = key.endsWith('_URL') && isIn(random, 60);
  return {
    ...(isIn(random, 50) && { sensitive: isIn(random, 75) }),
    ...(isIn(random, 25) && { required: true }),
    ...(isIn(random, 35) && { minLength: least }),
    ...(isIn(random, 25) && { maxLength: random.between(least, 40) }),
    ...(isIn(random, 15) && { prefix: random.pick(TEXTS) }),
    ...(isIn(random, 15) && { enum: [...new Set([random.pick(TEXTS), random.pick(TEXTS)])] }),
    ...(isIn(random, 20) && { distinctFrom: otherKeys() }),
    ...(isIn(random, 15) && { aliases: [`${key}-alias`, `${key}.2`] }),
    ...(isIn(random, 15) && { lenient: true }),
    ...(isIn(random, 20) && { action: random.pick(['Warn', 'Audit', 'Enforce']) }),
    ...(isIn(random, 15) && { when: conditionOf(random.pick(others), random) }),
    ...(isDerived ? derivationOf(otherKeys(), random) : isIn(random, 20) && { requiredWith: otherKeys() }),
    ...(!isDerived && isIn(random, 10) && { generate: { length: 32 } }),
  };
}

const conditionOf = (key: string, random: SeededRandom): object =>
  random.pick([
    { key, present: true },
    { key, present: false },
    { key, is: random.pick(TEXTS) },
    { key, isNot: random.pick(TEXTS) },
  ]);

const derivationOf = ([user = '', password = '']: readonly string[], random: SeededRandom): object => ({
  derive: {
    template: `postgres://\${${user}}:\${${password}}@\${DB_HOST:-db}:5432/\${DB_NAME:-app}`,
    ...(isIn(random, 30) && { mode: 'Exact' }),
    ...(isIn(random, 20) && { free: ['host'] }),
    ...(isIn(random, 20) && { addWith: ['TOKEN'] }),
  },
});
