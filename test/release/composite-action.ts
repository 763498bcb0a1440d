import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import { parse } from 'yaml';

interface Step {
  readonly name: string;
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

export interface ActionResult {
  readonly failed: boolean;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** The steps that are actions of others, with their inputs. They are not run. */
  readonly used: readonly { readonly uses: string; readonly with: Readonly<Record<string, string>> }[];
}

/**
 * Runs action.yml as a runner of GitHub runs a composite action: each step by its condition, in bash with `-e`, with the
 * inputs as expressions. Of the language of expressions it knows what action.yml uses: contexts, `!=`, `==`, `&&`.
 */
export async function runAction(
  file: string,
  workspace: string,
  given: Readonly<Record<string, string>>,
): Promise<ActionResult> {
  const action: Action = parse(readFileSync(file, 'utf8'));
  const unknown = Object.keys(given).find((name) => action.inputs[name] === undefined);
  if (unknown !== undefined) throw new Error(`action.yml has no input ${unknown}`);
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([name, { default: value }]) => [name, given[name] ?? value]),
  );
  const outputs: Record<string, string> = {};
  const lookUp = (name: string): string => {
    const [context = '', one = '', , last = ''] = name.split('.');
    if (context === 'inputs') return inputs[one] ?? '';
    if (context === 'steps') return outputs[last] ?? '';
    if (name === 'runner.os') return 'Linux';
    throw new Error(`no value for ${name}`);
  };
  const expand = (text: string): string =>
    text.replace(/\$\{\{ ([\w.-]+) \}\}/g, (_, name: string) => lookUp(name));

  const used: { uses: string; with: Record<string, string> }[] = [];
  let [log, failed] = ['', false];
  for (const step of action.runs.steps) {
    if (failed || !isTrue(step.if, lookUp)) continue;
    if (step.uses !== undefined) {
      used.push({ uses: step.uses, with: expandAll(step.with ?? {}, expand) });
      continue;
    }
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-action-'));
    const [script, output] = [join(folder, 'step.sh'), join(folder, 'output')];
    writeFileSync(script, expand(step.run ?? ''));
    writeFileSync(output, '');
    const result = await execa('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
      cwd: workspace,
      env: {
        ...expandAll(step.env ?? {}, expand),
        GITHUB_OUTPUT: output,
        NODE_OPTIONS: '',
        RUNNER_ARCH: 'X64',
        RUNNER_OS: 'Linux',
        PATH: process.env.PATH,
      },
      all: true,
      reject: false,
      stdin: 'ignore',
    });
    log += result.all;
    failed = result.exitCode !== 0;
    for (const line of readFileSync(output, 'utf8')
      .split('\n')
      .filter((each) => each !== '')) {
      const at = line.indexOf('=');
      outputs[line.slice(0, at)] = line.slice(at + 1);
    }
  }
  const declared = Object.entries(action.outputs).map(([name, { value }]) => [name, expand(value)]);
  return { failed, log, outputs: Object.fromEntries(declared), used };
}

const expandAll = (texts: Readonly<Record<string, string>>, expand: (text: string) => string) =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, expand(text)]));

function isTrue(condition: string | undefined, lookUp: (name: string) => string): boolean {
  if (condition === undefined) return true;
  const expression = /^\$\{\{ (.*) \}\}$/.exec(condition)?.[1] ?? condition;
  return expression.split(' && ').every((part) => {
    const [, name = '', operator, text] = /^([\w.-]+) (==|!=) '(.*)'$/.exec(part) ?? [];
    if (operator === undefined) throw new Error(`a condition that this test does not know: ${part}`);
    return (lookUp(name) === text) === (operator === '==');
  });
}
