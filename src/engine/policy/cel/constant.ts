import type { ASTNode } from '@marcbachmann/cel-js';
import { evaluate } from '@marcbachmann/cel-js';
import { childrenOf } from './expression.ts';

/** Whether no Secret can meet the expression, as far as its text shows it. Called before the calls are redirected. */
export const neverTrue = (root: ASTNode): boolean => answerOf(root) === false;

/** The answer for every Secret. Undefined if it depends on the Secret. */
function answerOf(node: ASTNode): boolean | undefined {
  if (!dependsOnSecret(node)) return constantOf(node);
  switch (node.op) {
    case '&&': {
      const answers = node.args.map(answerOf);
      if (answers.includes(false) || contradicts(conjuncts(node))) return false;
      return answers.every((answer) => answer === true) ? true : undefined;
    }
    case '||': {
      const answers = node.args.map(answerOf);
      if (answers.includes(true)) return true;
      return answers.every((answer) => answer === false) ? false : undefined;
    }
    case '!_': {
      const answer = answerOf(node.args);
      return answer === undefined ? undefined : !answer;
    }
    case '?:': {
      const [condition, yes, no] = node.args;
      const chosen = answerOf(condition);
      if (chosen !== undefined) return answerOf(chosen ? yes : no);
      const answer = answerOf(yes);
      return answer === answerOf(no) ? answer : undefined;
    }
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparisonOf(node.op, node.args);
    default:
      return undefined;
  }
}

const dependsOnSecret = (node: ASTNode): boolean =>
  node.op === 'id' ? node.args === 'self' || node.args === 'data' : childrenOf(node).some(dependsOnSecret);

/** A constant that has no answer is never true. */
function constantOf(node: ASTNode): boolean | undefined {
  if (!isPlain(node)) return undefined;
  try {
    return evaluate(textOf(node)) === true;
  } catch {
    return false;
  }
}

const isPlain = (node: ASTNode): boolean =>
  node.op !== 'call' && node.op !== 'rcall' && node.op !== 'id' && childrenOf(node).every(isPlain);

const textOf = ({ input, start, end }: ASTNode): string => input.slice(start, end);

function comparisonOf(
  op: '==' | '!=' | '<' | '<=' | '>' | '>=',
  [left, right]: readonly [ASTNode, ASTNode],
): boolean | undefined {
  if (textOf(left) === textOf(right)) return op === '==' || op === '<=' || op === '>=';
  const length = isSize(left) ? integerOf(right) : undefined;
  if (length === undefined) return undefined;
  if (op === '==') return length < 0n ? false : undefined;
  if (op === '<') return length <= 0n ? false : undefined;
  return op === '<=' && length < 0n ? false : undefined;
}

function integerOf(node: ASTNode): bigint | undefined {
  if (node.op === '-_') {
    const positive = integerOf(node.args);
    return positive === undefined ? undefined : -positive;
  }
  return node.op === 'value' && typeof node.args === 'bigint' ? node.args : undefined;
}

const isSize = (node: ASTNode): boolean =>
  (node.op === 'call' || node.op === 'rcall') && node.args[0] === 'size';

const conjuncts = (node: ASTNode): readonly ASTNode[] =>
  node.op === '&&' ? node.args.flatMap(conjuncts) : [node];

/** `self == "a" && self == "b"`, or `self == "a" && self != "a"`. */
function contradicts(parts: readonly ASTNode[]): boolean {
  const equal = new Map<string, string>();
  for (const part of parts) {
    if (part.op !== '==' || part.args[1].op !== 'value') continue;
    const [left, right] = part.args.map(textOf) as [string, string];
    const known = equal.get(left);
    if (known !== undefined && known.slice(1, -1) !== right.slice(1, -1)) return true;
    equal.set(left, right);
  }
  return parts.some((part) => {
    if (part.op !== '!=' || part.args[1].op !== 'value') return false;
    const [left, right] = part.args.map(textOf) as [string, string];
    return equal.get(left)?.slice(1, -1) === right.slice(1, -1);
  });
}
