import t from 'tap';
import { shellLine } from '../../../scripts/demo/terminal.ts';

t.test('a command is printed as a shell takes it', async (t) => {
  t.equal(shellLine(['kubectl', 'apply', '-f', 'docs/demo/a.yaml']), 'kubectl apply -f docs/demo/a.yaml');
  t.equal(shellLine(['--from-literal=KEY=$(a b)']), "--from-literal=KEY='$(a b)'");
  t.equal(shellLine(["it's"]), "'it'\\''s'");
});

t.test('a long command has a line for each literal', async (t) => {
  const words = ['kubectl', `--from-literal=A=${'a'.repeat(90)}`, '--from-literal=B=b'];
  t.equal(shellLine(words), `kubectl \\\n    --from-literal=A=${'a'.repeat(90)} \\\n    --from-literal=B=b`);
});
