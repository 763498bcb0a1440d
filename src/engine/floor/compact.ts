import type { Cel } from './cel.ts';
import type { Variable } from './entry.ts';

/**
 * The variables that these need, each after those that it needs itself. The API server and kubectl limit the size of an
 * object. So equal expressions become one variable, and so does a long text that occurs more than once.
 */
export function compact(defined: readonly Variable[], wanted: readonly string[]): readonly Variable[] {
  return withSharedTexts(
    neededVariables(withoutDuplicates(neededVariables(defined, wanted), wanted), wanted),
  );
}

const REFERENCE = /variables\.(\w+)/g;

/** The variables that these need, each after those that it needs itself. */
function neededVariables(defined: readonly Variable[], wanted: readonly string[]): readonly Variable[] {
  const byName = new Map(defined.map((variable) => [variable.name, variable]));
  const ordered: Variable[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const variable = byName.get(name);
    if (variable === undefined || seen.has(name)) return;
    seen.add(name);
    for (const [, used = ''] of variable.expression.matchAll(REFERENCE)) visit(used);
    ordered.push(variable);
  };
  for (const name of wanted) visit(name);
  return ordered;
}

/** A variable with a constant, or with the expression of an earlier variable, is replaced where it is used. */
function withoutDuplicates(ordered: readonly Variable[], wanted: readonly string[]): readonly Variable[] {
  const replaced = new Map<string, Cel>();
  const byExpression = new Map<Cel, string>();
  const kept: Variable[] = [];
  for (const { name, expression: original } of ordered) {
    const expression = original.replaceAll(REFERENCE, (reference, used) => replaced.get(used) ?? reference);
    const first = byExpression.get(expression);
    if (!wanted.includes(name) && /^(?:true|false|\[\])$/.test(expression)) replaced.set(name, expression);
    else if (!wanted.includes(name) && first !== undefined) replaced.set(name, `variables.${first}`);
    else {
      byExpression.set(expression, name);
      kept.push({ name, expression });
    }
  }
  return kept;
}

/** Literals have no quotes inside: see cel.ts. */
const LITERAL = /(matches\()?('[^']*')/g;

/** A variable costs about so many characters besides its text, and so many where it is used. */
const DEFINITION_COST = 40;
const REFERENCE_COST = 13;

/** A pattern stays where it is, because a constant one is compiled once. Keys and values have no blanks. */
const isMovable = (literal: string): boolean => literal.includes(' ');

function withSharedTexts(ordered: readonly Variable[]): readonly Variable[] {
  const counts = new Map<string, number>();
  for (const { expression } of ordered)
    for (const [, pattern, literal = ''] of expression.matchAll(LITERAL))
      if (pattern === undefined && isMovable(literal)) counts.set(literal, (counts.get(literal) ?? 0) + 1);
  const names = new Map<string, string>();
  for (const [literal, count] of counts)
    if (count * (literal.length - REFERENCE_COST) > literal.length + DEFINITION_COST)
      names.set(literal, `t${names.size}`);
  const texts = [...names].map(([expression, name]) => ({ name, expression }));
  const others = ordered.map(({ name, expression }) => ({
    name,
    expression: expression.replaceAll(LITERAL, (whole, pattern, literal) => {
      const shared = names.get(literal);
      return pattern !== undefined || shared === undefined ? whole : `variables.${shared}`;
    }),
  }));
  return [...texts, ...others];
}
