import ts from 'typescript';

/** A change of one place in a source text: `text` stands for what was between the two offsets. */
export interface Mutation {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
  /** What was changed, in words. */
  readonly what: string;
}

type Change = Pick<Mutation, 'text' | 'what'> & { readonly node: ts.Node };

const COMPARISONS = new Map<ts.SyntaxKind, string>([
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.LessThanToken, '<='],
  [ts.SyntaxKind.LessThanEqualsToken, '<'],
  [ts.SyntaxKind.GreaterThanToken, '>='],
  [ts.SyntaxKind.GreaterThanEqualsToken, '>'],
]);

const QUANTIFIERS = new Map([
  ['some', 'every'],
  ['every', 'some'],
]);

/**
 * Every mutation of the text. Types and strings are left as they are: no test can see the first, and the second say no
 * rule.
 */
export function mutationsIn(source: string): readonly Mutation[] {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true);
  const found: Mutation[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    for (const { node: at, text, what } of changesOf(node)) {
      const line = file.getLineAndCharacterOfPosition(at.getStart()).line + 1;
      found.push({ start: at.getStart(), end: at.getEnd(), text, line, what });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function changesOf(node: ts.Node): readonly Change[] {
  if (ts.isIfStatement(node)) return constants(node.expression);
  if (ts.isConditionalExpression(node)) return constants(node.condition);
  if (ts.isBinaryExpression(node)) return changesOfBinary(node);
  if (ts.isCallExpression(node)) return changesOfCall(node);
  if (ts.isExpressionStatement(node) || ts.isThrowStatement(node)) return [removed(node)];
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    return [replaced(node, node.operand.getText())];
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [replaced(node, 'false')];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [replaced(node, 'true')];
  if (ts.isArrayLiteralExpression(node) && node.elements.length > 0) return [replaced(node, '[]')];
  return [];
}

/** `if (false)` removes a guard; `if (true)` shows whether any test passes it. */
const constants = (condition: ts.Expression): readonly Change[] =>
  [ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword].includes(condition.kind)
    ? []
    : [replaced(condition, 'false'), replaced(condition, 'true')];

/** Each operand of a chain of `&&` or `||` is left out once. */
function changesOfBinary({ left, operatorToken, right, parent }: ts.BinaryExpression): readonly Change[] {
  const whole = left.parent;
  switch (operatorToken.kind) {
    case ts.SyntaxKind.QuestionQuestionToken:
      return [without(whole, left, right)];
    case ts.SyntaxKind.AmpersandAmpersandToken:
    case ts.SyntaxKind.BarBarToken: {
      const isChained = ts.isBinaryExpression(left) && left.operatorToken.kind === operatorToken.kind;
      const isLink = ts.isBinaryExpression(parent) && parent.operatorToken.kind === operatorToken.kind;
      const swap = operatorToken.kind === ts.SyntaxKind.BarBarToken ? '&&' : '||';
      return [
        without(whole, left, right),
        ...(isChained ? [] : [without(whole, right, left)]),
        ...(isChained || isLink ? [] : [replaced(operatorToken, swap)]),
      ];
    }
    default: {
      const other = COMPARISONS.get(operatorToken.kind);
      return other === undefined ? [] : [replaced(operatorToken, other)];
    }
  }
}

function changesOfCall(call: ts.CallExpression): readonly Change[] {
  const { expression } = call;
  if (!ts.isPropertyAccessExpression(expression)) return [];
  const { name } = expression;
  const other = QUANTIFIERS.get(name.text);
  if (other !== undefined) return [replaced(name, other)];
  return name.text === 'filter' ? [without(call, expression.expression, call.arguments[0] ?? name)] : [];
}

const replaced = (node: ts.Node, text: string): Change => ({
  node,
  text,
  what: `${brief(node.getText())} → ${brief(text)}`,
});

const without = (whole: ts.Node, kept: ts.Node, dropped: ts.Node): Change => ({
  node: whole,
  text: kept.getText(),
  what: `without ${brief(dropped.getText())}`,
});

const removed = (node: ts.Node): Change => ({ node, text: ';', what: `${brief(node.getText())} removed` });

const LONGEST = 100;

function brief(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
