import process from 'node:process';
import { cliContext } from '../src/commands/cli/cli-context.ts';
import { validateSecret } from '../src/engine/decide/decide.ts';
import { compilePolicy } from '../src/engine/policy/compile/compile.ts';
import type { Policy } from '../src/engine/policy/policy.ts';
import { plainSecret, type Request } from '../src/engine/secret/secret.ts';
import { Sensitive } from '../src/engine/secret/sensitive.ts';
import { measureInTurn, median, medianOf, medianRatio } from './interleaved.ts';

/**
 * The cost of the most expensive patterns and CEL rules within the bounds, on a Secret of 1 MiB. Each round
 * measures the Secret with and without the rule. The aim is 1 ms more at most.
 */
const ROUNDS = 101;
const MIB = 1024 * 1024;

const key = (entry: object): object => ({ keys: { K: entry } });
const self = (expression: string): object => key({ validations: [{ expression, message: 'is a bench' }] });
const data = (expression: string): object => ({
  keys: { K: {} },
  validations: [{ expression, message: 'is a bench' }],
});
const few = (text: string): Record<string, string> => ({ K: text, rest: 'x'.repeat(MIB - text.length) });
const many = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`KEY_${index}`, 'y'.repeat(MIB / count)]));

const CASES: readonly (readonly [name: string, spec: object, data: Record<string, string>])[] = [
  ['pattern of 500 instructions', key({ pattern: '[ab]*a[ab]{480}$' }), few('ab'.repeat(65))],
  ['pattern on 2048 characters', key({ pattern: '^([a-z]+,?)+$' }), few('abc,'.repeat(512))],
  ['matches on 2000 characters', self('self.matches("(x+x+)+y")'), few('x'.repeat(2000))],
  ['matches of 100 instructions', self('self.matches("[ab]*a[ab]{90}$")'), few('ab'.repeat(300))],
  ['contains', self(`self.contains("${'a'.repeat(300)}b${'a'.repeat(300)}")`), few('a'.repeat(3500))],
  ['lowerAscii', self('self.lowerAscii() == "a"'), few('aB'.repeat(14_000))],
  ['split and loops', self('self.split(",").map(p, p.trim()).exists(p, p == "q")'), few('a,'.repeat(250))],
  ['a value of 1 MiB', self('self != "a"'), { K: 'x'.repeat(MIB - 1) }],
  ['a loop over 1000 keys', data('data.all(k, k != "x" && k.size() > 1)'), many(1000)],
  ['values of 1000 keys', data('data.all(k, data[k] != "x")'), many(1000)],
  ['errors in a loop', data('data.all(k, {"a": "b"}[k] == "b")'), many(1000)],
  ['divisions by zero in a loop', data('data.exists(k, 1 / 0 == 1)'), many(150)],
  ['10,000 keys', data('data.all(k, k != "x")'), many(9_999)],
];

process.stdout.write('rule                           without ms   with ms   ratio   more ms (aim 1)\n');
for (const [name, spec, values] of CASES) {
  const request = aCreate(values);
  const [plain, ruled] = [aPolicy({ keys: { K: {} } }), aPolicy(spec)];
  const rounds = await measureInTurn(ROUNDS, {
    ruled: () => timeOf(request, ruled),
    plain: () => timeOf(request, plain),
  });
  const more = median(rounds.map((round) => round.ruled - round.plain));
  const columns = [medianOf(rounds, 'plain'), medianOf(rounds, 'ruled')]
    .map((ms) => ms.toFixed(3).padStart(10))
    .join('');
  process.stdout.write(
    `${name.padEnd(31)}${columns}  ${medianRatio(rounds, 'ruled', 'plain').toFixed(2).padStart(6)}  ${more.toFixed(3).padStart(8)}\n`,
  );
}

function aPolicy(spec: object): Policy {
  const metadata = { name: 'bench' };
  const compiled = compilePolicy({
    apiVersion: 'lockstep.dev/v1alpha1',
    kind: 'SecretPolicy',
    metadata,
    spec,
  });
  if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems));
  return compiled.policy;
}

function aCreate(values: Readonly<Record<string, string>>): Request {
  const entries = Object.entries(values).map(([name, text]) => [name, Sensitive.fromText(text)] as const);
  const secret = plainSecret({ name: 'app', namespace: 'shop', data: new Map(entries) });
  return { operation: 'CREATE', secret, old: undefined, username: 'jane' };
}

function timeOf(request: Request, policy: Policy): number {
  const start = performance.now();
  validateSecret(request, [policy], cliContext({ cpu: () => 0 }));
  return performance.now() - start;
}
