import type { ASTNode } from '@marcbachmann/cel-js';
import { isTooCostly, type Spend } from '../cost.ts';
import { compilePattern, type Pattern } from '../pattern.ts';
import { FUNCTIONS, meteredName } from './functions.ts';

/** `self`: the value of one key. `data`: the values of the Secret, by their keys. */
export type RuleVariable = 'self' | 'data';

/** The name of the map that has the keys of `data`, and reads no value. */
export const PRESENCE = 'presence';

export interface ExpressionFacts {
  /** The keys of `data` that the expression names. Undefined if it can read any key. */
  readonly keys: readonly string[] | undefined;
  /** The operations inside loops. Each round of a loop costs as much, at most. */
  readonly loopNodes: number;
  /** Those that can fail in each round, such as a division. */
  readonly fallibleNodes: number;
  /** The most elements of a list that is written out. A loop may have as many rounds. */
  readonly longestList: number;
  /** The patterns of its calls of matches(), by their text. */
  readonly patterns: ReadonlyMap<string, Pattern>;
}

const LOOPS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);
const OPERATORS: ReadonlySet<string> = new Set(
  'value id . [] list map ?: || && !_ -_ != == in + - * / % < <= > >='.split(' '),
);

/** The nodes below a node. */
export function childrenOf({ args }: ASTNode): readonly ASTNode[] {
  const list: readonly unknown[] = Array.isArray(args) ? args.flat(2) : [args];
  return list.filter(
    (child): child is ASTNode => typeof child === 'object' && child !== null && 'op' in child,
  );
}

/**
 * Checks the expression, and directs its calls to the metered functions. Throws an error with a sentence about an
 * expression that is not allowed.
 */
export function prepare(root: ASTNode, variable: RuleVariable, spend: Spend): ExpressionFacts {
  const keys = new Set<string>();
  const patterns = new Map<string, Pattern>();
  let readsAll = false;
  let loopNodes = 0;
  let fallibleNodes = 0;
  let longestList = 0;

  if (variable !== 'data' && namesData(root)) throw new Error('reads data, and can read only self');

  const visit = (node: ASTNode, locals: readonly string[]): void => {
    if (locals.length > 0) {
      loopNodes += 1;
      if (FALLIBLE.has(node.op) && !isOwnKey(node, locals)) fallibleNodes += 1;
    }
    if (node.op === 'list' || node.op === 'map') longestList = Math.max(longestList, node.args.length);
    switch (node.op) {
      case 'id':
        if (locals.includes(node.args)) return;
        if (node.args !== variable) throw new Error(`reads ${node.args}, and can read only ${variable}`);
        readsAll ||= variable === 'data';
        return;
      case '.':
      case '[]': {
        const key = keyOfData(node);
        if (key === undefined) break;
        keys.add(key);
        return;
      }
      case 'in': {
        const [wanted, range] = node.args;
        if (!isData(range)) break;
        rename(range, PRESENCE);
        if (wanted.op === 'value' && typeof wanted.args === 'string') keys.add(wanted.args);
        else readsAll = true;
        visit(wanted, locals);
        return;
      }
      case 'call':
      case 'rcall':
        visitCall(node, locals);
        return;
      default:
        if (!OPERATORS.has(node.op)) throw new Error(`uses ${node.op}, which is not allowed`);
    }
    for (const child of childrenOf(node)) visit(child, locals);
  };

  const visitCall = (node: Extract<ASTNode, { op: 'call' | 'rcall' }>, locals: readonly string[]): void => {
    const [name] = node.args;
    const given = node.op === 'call' ? node.args[1] : node.args[2];
    const [first] = given;
    if (node.op === 'call' && name === 'has' && first?.op === '.') {
      const key = keyOfData(first);
      if (key === undefined) throw new Error('uses has() of something other than a key of data');
      keys.add(key);
      rename(first.args[0], PRESENCE);
      return;
    }
    if (node.op === 'rcall' && LOOPS.has(name)) {
      if (locals.length > 0) throw new Error('has a loop inside a loop');
      visit(node.args[1], locals);
      const local = first?.op === 'id' ? first.args : '';
      if (local === 'self' || local === 'data' || local === PRESENCE)
        throw new Error(`uses ${local} as the variable of a loop`);
      const marked = isData(node.args[1]) ? [local, `${local} of data`] : [local];
      for (const body of given.slice(1)) visit(body, marked);
      return;
    }
    if (!FUNCTIONS.has(name)) throw new Error(`calls ${name}(), which is not allowed`);
    if (name === 'matches') addPattern(given[0], patterns, spend);
    (node.args as unknown as [string])[0] = meteredName(name);
    if (node.op === 'rcall') visit(node.args[1], locals);
    for (const child of given) visit(child, locals);
  };

  visit(root, []);
  return { keys: readsAll ? undefined : [...keys], loopNodes, fallibleNodes, longestList, patterns };
}

const MAX_TYPE_DEPTH = 2;

/** The library keeps each type of each rule until the process ends, so there must be few of them. */
export function checkTypeDepth(root: ASTNode): void {
  if (typeDepth(root) > MAX_TYPE_DEPTH)
    throw new Error('nests its lists and maps: write at most a list of lists, and a map of single values');
}

/** At least the depth of its lists and maps inside one another. A map counts twice. */
function typeDepth(node: ASTNode): number {
  const depthOf = (nodes: readonly ASTNode[]): number => Math.max(0, ...nodes.map(typeDepth));
  if (node.op === 'list') return 1 + depthOf(node.args);
  if (node.op === 'map') return 2 + depthOf(childrenOf(node));
  if (isData(node)) return 1;
  if (node.op !== 'rcall') return depthOf(childrenOf(node));
  const [name, range, given] = node.args;
  const ofRange = typeDepth(range);
  if (!LOOPS.has(name)) return Math.max(ofRange, depthOf(given), name === 'split' ? 1 : 0);
  // The variable of the loop has one level less than its range.
  const ofBody = depthOf(given) + Math.max(0, ofRange - 1);
  return Math.max(ofRange, name === 'map' ? 1 + ofBody : ofBody);
}

const namesData = (node: ASTNode): boolean => isData(node) || childrenOf(node).some(namesData);

/** No loop has a variable of this name. */
const isData = (node: ASTNode): boolean => node.op === 'id' && node.args === 'data';

/** The library reports each failure of these by an error. */
const FALLIBLE: ReadonlySet<string> = new Set(['.', '[]', '+', '-', '*', '/', '%', '-_']);

/** `data[key]` in a loop over `data`. */
const isOwnKey = (node: ASTNode, locals: readonly string[]): boolean =>
  node.op === '[]' &&
  isData(node.args[0]) &&
  node.args[1].op === 'id' &&
  locals.includes(`${node.args[1].args} of data`);

/** `data.KEY` and `data["KEY"]`. */
function keyOfData(node: Extract<ASTNode, { op: '.' | '[]' }>): string | undefined {
  if (!isData(node.args[0])) return undefined;
  const [, key] = node.args;
  if (typeof key === 'string') return key;
  return key.op === 'value' && typeof key.args === 'string' ? key.args : undefined;
}

const rename = (node: ASTNode, name: string): void => {
  (node as { args: unknown }).args = name;
};

function addPattern(pattern: ASTNode | undefined, patterns: Map<string, Pattern>, spend: Spend): void {
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string')
    throw new Error('has a pattern that is not written out: write it as a text in quotes');
  if (patterns.has(pattern.args)) return;
  try {
    patterns.set(pattern.args, compilePattern(pattern.args, spend));
  } catch (error) {
    if (isTooCostly(error)) throw error;
    throw new Error(`has a pattern that ${error instanceof Error ? error.message : 'can not be read'}`);
  }
}
