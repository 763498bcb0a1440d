import { Environment } from '@marcbachmann/cel-js';
import { SPEND_NOTHING, type Spend } from '../cost.ts';
import type { Validation } from '../policy.ts';
import { neverTrue } from './constant.ts';
import { checkTypeDepth, PRESENCE, prepare, type RuleVariable } from './expression.ts';
import { addFunctions, type RunningRule } from './functions.ts';
import { Meter, type RuleFault } from './meter.ts';
import { meterOperators } from './operators.ts';

/** A value as a rule reads it. The text is decoded only if the rule asks for it. */
export interface RuleValue {
  readonly size: number;
  /** Undefined if the value is no text. */
  readonly text: () => string | undefined;
}

/** The values that a rule about a whole Secret can read. */
export interface RuleData {
  readonly keys: Iterable<string>;
  /** The value of a key, by its name in the policy or its spelling in the Secret. */
  readonly get: (key: string) => RuleValue | undefined;
}

export type RuleAnswer = { readonly isMet: boolean } | { readonly fault: RuleFault };

/** A compiled CEL expression of a policy. */
export interface Rule {
  /** The keys of `data` that it names. Undefined if it can read any key. */
  readonly keys: readonly string[] | undefined;
  /** `spend` is charged for the steps of the evaluation. */
  readonly judgeValue: (value: RuleValue, spend?: Spend) => RuleAnswer;
  readonly judgeData: (data: RuleData) => RuleAnswer;
}

const STEPS_PER_NODE = 2;
/** `all` and `exists` continue after an error. */
const STEPS_PER_ERROR = 400;
/** An entry of `data` is made for each key. */
const STEPS_PER_KEY = 32;
/** A read costs a decoding. */
const BYTES_PER_STEP = 4;

const LIMITS = {
  maxAstNodes: 128,
  maxDepth: 16,
  maxListElements: 64,
  maxMapEntries: 16,
  maxCallArguments: 4,
};

let running: RunningRule = { meter: new Meter(), stepsPerRound: 0, patterns: new Map() };

/** Made for the first rule. */
const environments = new Map<RuleVariable, Environment>();

function environmentOf(variable: RuleVariable): Environment {
  const known = environments.get(variable);
  if (known !== undefined) return known;
  const environment = new Environment({ limits: LIMITS });
  if (variable === 'self') environment.registerVariable('self', 'string');
  else {
    environment.registerVariable('data', 'map<string, string>');
    environment.registerVariable(PRESENCE, 'map<string, bool>');
  }
  addFunctions(environment, () => running);
  environments.set(variable, environment);
  return environment;
}

/** The rules of policies that exist, each as long as its text: see `patternOf`. */
const kept = new WeakMap<Validation, Rule>();

/** The rule of a policy in effect. */
export function ruleOf(source: Validation, variable: RuleVariable): Rule {
  const known = kept.get(source);
  if (known !== undefined) return known;
  const rule = compileRule(source.expression, variable);
  kept.set(source, rule);
  return rule;
}

export function keepRule(source: Validation, rule: Rule): void {
  kept.set(source, rule);
}

export function releaseRule(source: Validation): void {
  kept.delete(source);
}

/** Measured on the worst expressions. */
const COMPILE_STEPS = { perRule: 2000, perCharacter: 100 } as const;
const COMPILED_BYTES = { perRule: 2048, perCharacter: 80 } as const;
const STEPS_PER_EVALUATION = 1000;

/**
 * Throws an error with a sentence about the expression if it can't be used.
 */
export function compileRule(expression: string, variable: RuleVariable, spend: Spend = SPEND_NOTHING): Rule {
  spend(
    COMPILE_STEPS.perRule + COMPILE_STEPS.perCharacter * expression.length,
    COMPILED_BYTES.perRule + COMPILED_BYTES.perCharacter * expression.length,
  );
  const environment = environmentOf(variable);
  const parsed = explained(() => environment.parse(expression));
  checkTypeDepth(parsed.ast);
  const constant = neverTrue(parsed.ast);
  const { keys, loopNodes, fallibleNodes, longestList, patterns } = prepare(parsed.ast, variable, spend);
  const { valid, type, error } = parsed.check();
  if (!valid) throw explanation(error);
  if (type !== 'bool') throw new Error(`has an answer of type ${type}, and must have true or false`);
  if (constant) throw new Error('can never be true');
  meterOperators(parsed.ast, () => running);
  const stepsPerRound = loopNodes * STEPS_PER_NODE + fallibleNodes * STEPS_PER_ERROR;
  const judge = (variables: (meter: Meter) => object, charge: Spend = SPEND_NOTHING): RuleAnswer => {
    const meter = new Meter();
    running = { meter, stepsPerRound, patterns };
    const { stackTraceLimit } = Error;
    // The stack of an error in a loop is not used, and takes longer than the loop.
    Error.stackTraceLimit = 0;
    try {
      const values = meter.run(() => {
        meter.spend(longestList * stepsPerRound);
        return variables(meter);
      }, {});
      const answer: unknown = meter.fault === undefined && parsed(values);
      return meter.fault === undefined ? { isMet: answer === true } : { fault: meter.fault };
    } catch (failure) {
      return { fault: meter.fault ?? faultOf(failure) };
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
      charge(STEPS_PER_EVALUATION + meter.steps);
    }
  };
  return {
    keys,
    judgeValue: (value, charge) =>
      judge(
        (meter) => ({
          get self() {
            return read(value, meter);
          },
        }),
        charge,
      ),
    judgeData: (data) =>
      judge((meter) => {
        const all = keys === undefined ? [...data.keys] : [];
        meter.spend(all.length * (stepsPerRound + STEPS_PER_KEY));
        return variablesOf(data, all, keys ?? [], meter);
      }),
  };
}

/** `data` reads a value only when the rule does. Names in the policy are no keys of the Secret, and are not counted. */
function variablesOf(data: RuleData, all: readonly string[], named: readonly string[], meter: Meter): object {
  const values: Record<string, string> = Object.create(null);
  const presence: Record<string, boolean> = Object.create(null);
  const add = (key: string, enumerable: boolean): void => {
    const value = data.get(key);
    if (value === undefined || Object.hasOwn(presence, key)) return;
    presence[key] = true;
    Object.defineProperty(values, key, { enumerable, get: () => read(value, meter) });
  };
  for (const key of all) add(key, true);
  for (const key of named) add(key, false);
  return { data: values, [PRESENCE]: presence };
}

function read({ size, text }: RuleValue, meter: Meter): string {
  return meter.run(() => {
    meter.spend(size / BYTES_PER_STEP + STEPS_PER_NODE);
    return text() ?? meter.end('it reads a value that is no text');
  }, '');
}

/** The library's own message may quote a value. Its code does not. */
const faultOf = (failure: unknown): RuleFault =>
  codeOf(failure) === 'no_such_key'
    ? 'it reads a key that the Secret does not hold'
    : 'it has no answer for this value';

const codeOf = (failure: unknown): unknown =>
  typeof failure === 'object' && failure !== null && 'code' in failure ? failure.code : undefined;

function explained<Result>(parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    throw explanation(error);
  }
}

/** The first line of the library's message, which quotes only the expression. */
function explanation(error: unknown): Error {
  const [reason = ''] = error instanceof Error ? error.message.split('\n', 1) : [];
  return new Error(`is no CEL expression (${reason.replaceAll('metered_', '').slice(0, 120)})`);
}
