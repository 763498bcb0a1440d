import type { ASTNode } from '@marcbachmann/cel-js';
import { childrenOf } from './expression.ts';
import type { RunningRule } from './functions.ts';
import type { Meter } from './meter.ts';

/** The library sets it on each node with two operands when it checks the types. */
interface Operation {
  handle?: (left: unknown, right: unknown, ...others: unknown[]) => unknown;
}

/** V8 copies and compares many characters at once. */
const CHARACTERS_PER_STEP = 4;
const STEPS_PER_ELEMENT = 4;

/**
 * Lets the operators of a checked expression spend steps, too. A row of loops such as `.map(x, x + x)` doubles a value
 * each time, and `.map(x, [x, x])` the time of a comparison.
 */
export function meterOperators(root: ASTNode, running: () => RunningRule): void {
  for (const child of childrenOf(root)) meterOperators(child, running);
  const spend = SPEND[root.op];
  const operation = root as Operation;
  const { handle } = operation;
  if (spend === undefined || handle === undefined) return;
  operation.handle = (left, right, ...others) => {
    const rule = running();
    return rule.meter.run(
      () => {
        spend(rule, left, right);
        return handle(left, right, ...others);
      },
      root.op === '+' ? left : false,
    );
  };
}

type SpendOperator = (rule: RunningRule, left: unknown, right: unknown) => void;

const spendJoined: SpendOperator = ({ meter, stepsPerRound }, left, right) => {
  if (typeof left === 'string' && typeof right === 'string')
    meter.spend((left.length + right.length) / CHARACTERS_PER_STEP);
  // A loop may follow.
  else if (Array.isArray(left) && Array.isArray(right))
    meter.spend((left.length + right.length) * (1 + stepsPerRound));
};

const spendOrdered: SpendOperator = ({ meter }, left, right) => {
  if (typeof left === 'string' && typeof right === 'string')
    meter.spend(Math.min(left.length, right.length) / CHARACTERS_PER_STEP);
};

const spendEqual: SpendOperator = ({ meter }, left, right) => {
  isEqual(meter, left, right);
};

const spendFound: SpendOperator = ({ meter }, wanted, range) => {
  if (Array.isArray(range)) range.some((one) => isEqual(meter, wanted, one));
};

const SPEND: Readonly<Record<string, SpendOperator>> = {
  '+': spendJoined,
  '<': spendOrdered,
  '<=': spendOrdered,
  '>': spendOrdered,
  '>=': spendOrdered,
  '==': spendEqual,
  '!=': spendEqual,
  in: spendFound,
};

/** Compares as the library does, and spends the steps of both. */
function isEqual(meter: Meter, left: unknown, right: unknown): boolean {
  if (typeof left === 'string' && typeof right === 'string') {
    if (left.length === right.length) meter.spend(left.length / CHARACTERS_PER_STEP);
    return left === right;
  }
  if (left === right || !isObject(left) || !isObject(right)) return left === right;
  const keys = Object.keys(left);
  meter.spend(STEPS_PER_ELEMENT * (1 + keys.length));
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isEqual(meter, left[key], right[key]))
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
