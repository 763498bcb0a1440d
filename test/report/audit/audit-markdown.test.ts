import { createRequire } from 'node:module';
import t from 'tap';
import { aChange, aFinding, anAudited } from '../../helpers/commands/audited.ts';
import { writtenReport } from '../../helpers/report/audited-cluster.ts';
import { HOSTILE_TEXTS, hostileAudit } from '../../helpers/report/hostile-audit.ts';

interface MarkdownNode {
  readonly type: string;
  readonly value?: string;
  readonly url?: string;
  readonly children?: readonly MarkdownNode[];
}

// The parser of the prose check, with the tables of GitHub.
const plugin = createRequire(import.meta.url).resolve('@textlint/textlint-plugin-markdown');
const { parse }: { parse: (text: string) => MarkdownNode } =
  createRequire(plugin)('@textlint/markdown-to-ast');

function* nodesOf(node: MarkdownNode): Generator<MarkdownNode> {
  yield node;
  for (const child of node.children ?? []) yield* nodesOf(child);
}

t.test('a finding that only records is listed for three Secrets, and counted for the others', async (t) => {
  const copy = aFinding({ rule: 'exposed-annotation', action: 'Audit' });
  const many = Array.from({ length: 4 }, (_, place) =>
    anAudited({ ref: `shop/app-${place}`, findings: [copy] }),
  );
  const page = await writtenReport('markdown', many);
  t.equal(page.match(/^\| `app-/gm)?.length, 3);
  t.match(page, /^- 1 more Secret has the finding exposed-annotation; --format csv lists each$/m);
});

t.test('prints a table for each namespace, then policies and counts', async (t) => {
  const audited = [
    anAudited({ findings: [aFinding()], controller: 'ExternalSecret/db' }),
    anAudited({ ref: 'shop/clean' }),
    anAudited({ ref: 'web/app', changes: [aChange()] }),
  ];
  const policies = [{ name: 'jwt-keys', source: 'built-in', actions: ['Enforce', 'Warn'] }] as const;
  t.equal(
    await writtenReport('markdown', audited, { policies, errors: ['the list was cut'] }),
    `# Audit of Secrets

Cluster \`https://k8s.example.com:6443\`, at 2026-11-28T09:30:00Z, by lockstep 0.1.0.

## \`shop\`

| object | result | finding | fix | rule | policy |
|---|---|---|---|---|---|
| \`app\`<br>owned by ExternalSecret/db | **denied** | JWT\\_SECRET is a placeholder | set a generated value, e.g. openssl rand -base64 48 | [placeholder](https://github.com/lockstep-dev/lockstep/blob/main/docs/reference/rules.md#placeholder) | \`jwt-keys\` |

## \`web\`

| object | result | finding | fix | rule | policy |
|---|---|---|---|---|---|
| \`app\` | mutated | lockstep would correct DATABASE\\_URL: password now follows POSTGRES\\_PASSWORD | see lockstep heal NAMESPACE/NAME --dry-run | [mismatch](https://github.com/lockstep-dev/lockstep/blob/main/docs/reference/rules.md#mismatch) |  |

## Policies

| policy | source | action | matched | denied | warned | recorded |
|---|---|---|--:|--:|--:|--:|
| \`jwt-keys\` | built-in | Enforce, Warn | 3 | 1 | - | - |

## Summary

| namespace | Secrets | denied | warned | recorded | mutated |
|---|--:|--:|--:|--:|--:|
| \`shop\` | 2 | 1 | - | - | - |
| \`web\` | 1 | - | - | - | 1 |

- 3 Secrets in 2 namespaces validated\\: 1 would be denied, 1 mutated; not all could be read
- error: the list was cut
`.replace('validated\\:', 'validated:'),
  );
});

t.test('prints only the counts with --summary', async (t) => {
  const text = await writtenReport('markdown', [anAudited({ findings: [aFinding()] })], { isSummary: true });
  t.notMatch(text, 'JWT');
  t.match(text, '| `shop` | 1 | 1 | - | - | - |');
});

t.test('shows foreign texts as text: no HTML, link, image, mention, cell or control character', async (t) => {
  const { audited, report, header } = hostileAudit();
  const text = await writtenReport('markdown', audited, report, header);
  const nodes = [...nodesOf(parse(text))];
  for (const { type, value = '', url = '' } of nodes) {
    if (type === 'Html') t.ok(['<br>', '<!-- -->'].includes(value), value);
    if (type === 'Link') t.match(url, /^https:\/\/github\.com\/lockstep-dev\//);
    t.not(type, 'Image');
    t.not(type, 'CodeBlock');
  }
  const cells = nodes.filter(({ type }) => type === 'TableRow').map(({ children = [] }) => children.length);
  t.same([...new Set(cells)].sort(), [6, 7]);
  const shown = nodes.map(({ value = '' }) => value).join('');
  t.match(shown, HOSTILE_TEXTS[0]);
  // A mention in a code span is none. Else an empty comment stands in it.
  for (const { type, value = '' } of nodes) if (type === 'Str') t.notMatch(value, /@everyone|#12/);
  t.notMatch(text.replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/);
});
